/**
 * The decoder of masked autoencoders: all tokens, from the latents of the visible ones.
 *
 * @module
 */

import { placeTokens } from "../engine/ops/mod.ts";
import { type Tensor, type TensorTree, tf } from "../engine/tf.ts";
import type { Architecture } from "./architecture.ts";
import { selfAttention } from "./attention.ts";
import { blockOutput, queriesKeysValues } from "./block.ts";
import { linear, norm, parameter, project } from "./linear.ts";
import { type MetamaeEncoder, modalityNames, positionRows } from "./metamae_encoder.ts";

/** A decoder of given inputs and sizes; both functions are pure. */
export interface MaskedDecoder {
  /**
   * Tokens after the last block and its LayerNorm.
   *
   * @param latents Of the visible tokens (N, 1 + K, D) if `draws` are given, else of all (N, 1 + L, D).
   * @param draws Hold `keep.k`, `restore.k` and `mask.k` of every modality k.
   * @param take Takes the tokens that are wanted, (N, 1 + L, ...) to (N, R, ...): in the last block no
   * others ask. By default all are.
   * @returns (N, 1 + L, d), or (N, R, d).
   */
  tokens(
    parameters: TensorTree,
    latents: Tensor,
    draws?: TensorTree,
    take?: (x: Tensor) => Tensor,
  ): Tensor;
  /** Predictions (..., P) or logits (..., V) of tokens (..., d) of one modality. */
  predict(parameters: TensorTree, tokens: Tensor, modality: number): Tensor;
}

/** Builds the decoder that belongs to an encoder. */
export function maskedDecoder(
  encoder: MetamaeEncoder,
  { decoderHeads: heads, decoderLayers: layers }: Architecture,
): MaskedDecoder {
  const { inputs } = encoder;
  const named = modalityNames(inputs);

  /** The first block's input and what its attention reads of it, of all tokens. */
  const enter = (parameters: TensorTree, latents: Tensor, draws?: TensorTree) => {
    const narrow = linear(parameters, "decoder_embed", latents);
    const [samples, , width] = narrow.shape as [number, number, number];
    const positions = inputs.map((_, k) =>
      positionRows(parameter(parameters, named("decoder_pos_embed", k)))
    );
    const read = (x: Tensor) => queriesKeysValues(parameters, "decoder.0", x);
    if (draws === undefined) {
      const x = tf.add(narrow, tf.concat([tf.zeros([1, width]), ...positions], 0));
      return { x, joint: () => read(x) };
    }
    const codes = positions.map((rows, k) => positionsAt(rows, parameter(draws, `keep.${k}`)));
    const visible = tf.add(narrow, tf.concat([tf.zeros([samples, 1, width]), ...codes], 1));
    // Until attention mixes them, masked tokens are the same in every sample: they are projected once.
    const masked = positions.map((rows, k) => {
      const token = parameter(parameters, named("mask_token", k));
      return tf.add(rows, tf.reshape(token, [1, width]));
    });
    return {
      x: spread(visible, masked, draws),
      joint: () => spread(read(visible), masked.map(read), draws),
    };
  };

  return {
    tokens(parameters, latents, draws, take = (x) => x) {
      const first = enter(parameters, latents, draws);
      let { x } = first;
      for (let i = 0; i < layers; i++) {
        const name = `decoder.${i}`;
        const joint = i === 0 ? first.joint() : queriesKeysValues(parameters, name, x);
        const wanted = i === layers - 1 ? take : (x: Tensor) => x;
        x = blockOutput(parameters, name, wanted(x), selfAttention(joint, heads, wanted));
      }
      return norm(parameters, "norm_dec", layers === 0 ? take(x) : x);
    },

    predict(parameters, tokens, modality) {
      const out = linear(parameters, named("decoder_head", modality), tokens);
      if (inputs[modality]!.kind !== "tokens") return out;
      return project(out, encoder.tokenTable(parameters, modality));
    },
  };
}

/**
 * Position codes of kept tokens.
 *
 * @param rows Codes (L, width).
 * @param keep Positions, int32 (N, K).
 * @returns (N, K, width), without a gradient for the positions.
 */
export function positionsAt(rows: Tensor, keep: Tensor): Tensor {
  const flat = tf.gather(rows, tf.reshape(keep, [-1]) as tf.Tensor1D);
  return tf.reshape(flat, [...keep.shape, rows.shape[1]!]);
}

/**
 * Puts visible tokens back to their places and what stands for masked ones at the others.
 *
 * @param visible (N, 1 + K, width), CLS first, then the kept tokens of every modality.
 * @param masked (L, width) of every modality.
 * @returns (N, 1 + L, width).
 */
function spread(visible: Tensor, masked: readonly Tensor[], draws: TensorTree): Tensor {
  const [samples, , width] = visible.shape as [number, number, number];
  const parts = [tf.slice(visible, [0, 0, 0], [samples, 1, width])];
  let start = 1;
  masked.forEach((rows, k) => {
    const keep = parameter(draws, `keep.${k}`);
    const length = keep.shape[1]!;
    const given = tf.slice(visible, [0, start, 0], [samples, length, width]);
    const placed = placeTokens(given, { keep, restore: parameter(draws, `restore.${k}`) });
    parts.push(tf.add(placed, tf.mul(tf.expandDims(parameter(draws, `mask.${k}`), -1), rows)));
    start += length;
  });
  return tf.concat(parts, 1);
}
