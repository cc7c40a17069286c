/**
 * The decoder of masked autoencoders: all tokens, from the latents of the visible ones.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { placeTokens } from "../engine/ops/mod.ts";
import type { Architecture } from "./architecture.ts";
import { selfAttention } from "./attention.ts";
import { blockOutput, queriesKeysValues } from "./block.ts";
import { linear, norm, parameter, project } from "./linear.ts";
import type { Masking } from "./masking.ts";
import {
  type MetamaeEncoder,
  modalityNames,
  positionRows,
  positionsAt,
} from "./metamae_encoder.ts";

/** A decoder of given inputs and sizes; both functions are pure. */
export interface MaskedDecoder {
  /**
   * Tokens after the last block and its LayerNorm.
   *
   * @param latents Of the visible tokens (N, 1 + K, D) if `masks` are given, else of all (N, 1 + L, D).
   * @param masks The masking of every modality.
   * @param take Takes the tokens that are wanted, (N, 1 + L, ...) to (N, R, ...): in the last block no
   * others ask. By default all are.
   * @returns (N, 1 + L, d), or (N, R, d).
   */
  tokens(
    parameters: StateDict,
    latents: Tensor,
    masks?: readonly Masking[],
    take?: (x: Tensor) => Tensor,
  ): Tensor;
  /** Predictions (..., P) or logits (..., V) of tokens (..., d) of one modality. */
  predict(parameters: StateDict, tokens: Tensor, modality: number): Tensor;
}

/** Builds the decoder that belongs to an encoder. */
export function maskedDecoder(
  encoder: MetamaeEncoder,
  { decoderHeads: heads, decoderLayers: layers }: Architecture,
): MaskedDecoder {
  const { inputs } = encoder;
  const named = modalityNames(inputs);

  /** The first block's input and what its attention reads of it, of all tokens. */
  const enter = (parameters: StateDict, latents: Tensor, masks?: readonly Masking[]) => {
    const narrow = linear(parameters, "decoder_embed", latents);
    const [samples, , width] = narrow.shape as [number, number, number];
    const positions = inputs.map((_, k) =>
      positionRows(parameter(parameters, named("decoder_pos_embed", k)))
    );
    const read = (x: Tensor) => queriesKeysValues(parameters, "decoder.0", x);
    if (masks === undefined) {
      const x = tf.add(narrow, tf.concat([tf.zeros([1, width]), ...positions], 0));
      return { x, joint: () => read(x) };
    }
    const codes = positions.map((rows, k) => positionsAt(rows, masks[k]!.keep));
    const visible = tf.add(narrow, tf.concat([tf.zeros([samples, 1, width]), ...codes], 1));
    // Until attention mixes them, masked tokens are the same in every sample: they are projected once.
    const masked = positions.map((rows, k) => {
      const token = parameter(parameters, named("mask_token", k));
      return tf.add(rows, tf.reshape(token, [1, width]));
    });
    return {
      x: spread(visible, masked, masks),
      joint: () => spread(read(visible), masked.map(read), masks),
    };
  };

  return {
    tokens(parameters, latents, masks, take = (x) => x) {
      const first = enter(parameters, latents, masks);
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
 * Cuts a sequence into the tokens of every modality.
 *
 * @param x (N, T, width).
 * @param first Where the first modality starts.
 * @param lengths Tokens of every modality.
 * @returns (N, length, width) of every modality.
 */
export function cutTokens(x: Tensor, first: number, lengths: readonly number[]): Tensor[] {
  const [samples, , width] = x.shape as [number, number, number];
  let start = first;
  return lengths.map((length) => {
    const part = tf.slice(x, [0, start, 0], [samples, length, width]);
    start += length;
    return part;
  });
}

/**
 * Puts visible tokens back to their places and what stands for masked ones at the others.
 *
 * @param visible (N, 1 + K, width), CLS first, then the kept tokens of every modality.
 * @param masked (L, width) of every modality.
 * @returns (N, 1 + L, width).
 */
function spread(visible: Tensor, masked: readonly Tensor[], masks: readonly Masking[]): Tensor {
  const lengths = masks.map(({ keep }) => keep.shape[1]!);
  const [cls, ...kept] = cutTokens(visible, 0, [1, ...lengths]);
  const parts = masked.map((rows, k) => {
    const { keep, restore, mask } = masks[k]!;
    const placed = placeTokens(kept[k]!, { keep, restore });
    return tf.add(placed, tf.mul(tf.expandDims(mask, -1), rows));
  });
  return tf.concat([cls!, ...parts], 1);
}
