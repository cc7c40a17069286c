/**
 * The transformer that MAE and MetaMAE share: an encoder of the visible tokens, a decoder of all.
 *
 * Several modalities form one sequence: every one has its own patches, position tables, mask token,
 * number of kept tokens and head; CLS, encoder and decoder are joint. With one modality names and
 * layouts are those of the published checkpoints; with several a number is appended.
 *
 * @module
 */

import { gatherRows, placeTokens } from "../engine/ops/mod.ts";
import { type Tensor, type TensorTree, tf } from "../engine/tf.ts";
import { type InputSpec, patchWidth } from "../spec/input.ts";
import { keptCount } from "../spec/lengths.ts";
import { UsageError } from "../util/errors.ts";
import { type Architecture, checkHeads } from "./architecture.ts";
import { block, blockSpecs } from "./block.ts";
import { type Dropout, type HostDraws, noDropout, type StepKey, uniformRows } from "./draws.ts";
import { linear, norm, parameter, project } from "./linear.ts";
import { maskingFromNoise } from "./masking.ts";
import {
  type MetamaeEncoder,
  metamaeEncoder,
  modalityNames,
  positionRows,
  positionSpecs,
} from "./metamae_encoder.ts";
import { linearSpecs, normSpecs, type ParameterSpec, trainable } from "./parameter_spec.ts";
import { patchify } from "./patches.ts";
import { tokenLoss } from "./token_loss.ts";

/** The masked autoencoder of given inputs and sizes; every function is pure. */
export interface MaskedAutoencoder {
  readonly inputs: readonly InputSpec[];
  readonly parameters: readonly ParameterSpec[];
  /** Kept tokens of every modality. */
  readonly kept: readonly number[];
  /** Draws `keep.k`, `restore.k` and `mask.k` of every modality k. */
  drawMasks(key: StepKey): HostDraws;
  /** What is reconstructed: patches (N, L, P) or ids (N, L) of every modality. */
  targets(inputs: readonly Tensor[]): Tensor[];
  /** Latents (N, 1 + K, D) of the visible tokens, CLS first, then shuffled order. */
  encodeVisible(
    parameters: TensorTree,
    inputs: readonly Tensor[],
    draws: TensorTree,
    dropout?: Dropout,
  ): Tensor;
  /** Latents (N, 1 + L, D) of all tokens in natural order, CLS first; no dropout by default. */
  encode(parameters: TensorTree, inputs: readonly Tensor[], dropout?: Dropout): Tensor;
  /**
   * Predictions (N, L, P) or logits (N, L, V) of every modality in natural order.
   *
   * @param latents Of the visible tokens if `draws` are given, else of all tokens.
   */
  decode(parameters: TensorTree, latents: Tensor, draws?: TensorTree): Tensor[];
  /** Loss of every token (N, L), by modality; see {@linkcode tokenLoss}. */
  tokenLosses(predictions: readonly Tensor[], targets: readonly Tensor[]): Tensor[];
}

/**
 * Builds the autoencoder.
 *
 * @param maskRatio Share of masked tokens, in 0..1.
 * @throws {UsageError} If heads do not divide widths or the mask ratio keeps or masks nothing.
 */
export function maskedAutoencoder(
  inputs: readonly InputSpec[],
  architecture: Architecture,
  maskRatio: number,
): MaskedAutoencoder {
  const encoder = metamaeEncoder(inputs, architecture);
  checkHeads("decoder", architecture.decoderWidth, architecture.decoderHeads);
  const { decoderHeads, decoderLayers } = architecture;
  const { counts } = encoder;
  const kept = counts.map((count) => checkedKept(count, maskRatio));
  const named = modalityNames(inputs);

  return {
    inputs,
    kept,
    parameters: stateDict(encoder, architecture),

    drawMasks(key) {
      const draws: Record<string, HostDraws[string]> = {};
      counts.forEach((count, k) => {
        const masking = maskingFromNoise(uniformRows(key, `mask/${k}`, count), kept[k]!);
        for (const [name, array] of Object.entries(masking)) draws[`${name}.${k}`] = array;
      });
      return draws;
    },

    targets: (tensors) => tensors.map((x, k) => patchify(x, inputs[k]!)),

    encodeVisible(parameters, tensors, draws, dropout = noDropout) {
      // Only what is kept is embedded: the masked share would be dropped right after.
      const tokens = tensors.map((x, k) => {
        const keep = parameter(draws, `keep.${k}`);
        const patches = gatherRows(patchify(x, inputs[k]!), keep);
        const embedded = encoder.embedPatches(parameters, k, patches);
        const table = encoder.positions(parameters, k);
        const positions = tf.gather(table, tf.reshape(keep, [-1]) as tf.Tensor1D);
        return tf.add(embedded, tf.reshape(positions, embedded.shape));
      });
      return encoder.encodeTokens(parameters, tokens, dropout);
    },

    encode: encoder.encode,

    decode(parameters, latents, draws) {
      const narrow = linear(parameters, "decoder_embed", latents);
      const [samples, , width] = narrow.shape as [number, number, number];
      const parts = [tf.slice(narrow, [0, 0, 0], [samples, 1, width])];
      let start = 1;
      counts.forEach((count, k) => {
        const length = draws === undefined ? count : kept[k]!;
        const given = tf.slice(narrow, [0, start, 0], [samples, length, width]);
        const whole = draws === undefined
          ? given
          : fillMasked(given, draws, k, parameter(parameters, named("mask_token", k)));
        const table = parameter(parameters, named("decoder_pos_embed", k));
        parts.push(tf.add(whole, positionRows(table)));
        start += length;
      });
      let x: Tensor = tf.concat(parts, 1);
      for (let i = 0; i < decoderLayers; i++) {
        x = block(parameters, `decoder.${i}`, x, decoderHeads);
      }
      x = norm(parameters, "norm_dec", x);
      let first = 1;
      return inputs.map((input, k) => {
        const tokens = tf.slice(x, [0, first, 0], [samples, counts[k]!, width]);
        first += counts[k]!;
        const out = linear(parameters, named("decoder_head", k), tokens);
        if (input.kind !== "tokens") return out;
        return project(out, encoder.tokenTable(parameters, k));
      });
    },

    tokenLosses: (predictions, targets) =>
      predictions.map((prediction, k) => tokenLoss(prediction, targets[k]!, inputs[k]!)),
  };
}

function stateDict(
  encoder: MetamaeEncoder,
  { encoderWidth: D, decoderWidth: d, decoderLayers }: Architecture,
): ParameterSpec[] {
  const { inputs, parameters } = encoder;
  const named = modalityNames(inputs);
  // In the published state dicts the mask token and its table stand before the patch embedding.
  const embedding = parameters.findIndex(({ name }) => name.startsWith("patch_embed"));
  return [
    ...parameters.slice(0, embedding),
    ...inputs.map((_, k) =>
      trainable(named("mask_token", k), [1, 1, d], { kind: "normal", deviation: 0.02 })
    ),
    ...positionSpecs("decoder_pos_embed", inputs, d),
    ...parameters.slice(embedding),
    ...linearSpecs("decoder_embed", d, D),
    ...Array.from({ length: decoderLayers }, (_, i) => blockSpecs(`decoder.${i}`, d)).flat(),
    ...normSpecs("norm_dec", d),
    // Token logits are products with the embedding table, so their head returns to its width.
    ...inputs.flatMap((input, k) =>
      linearSpecs(named("decoder_head", k), input.kind === "tokens" ? D : patchWidth(input), d)
    ),
  ];
}

/** Puts visible tokens back to their places and the mask token at the others. */
function fillMasked(visible: Tensor, draws: TensorTree, k: number, maskToken: Tensor): Tensor {
  const restore = parameter(draws, `restore.${k}`);
  const mask = parameter(draws, `mask.${k}`);
  const placed = placeTokens(visible, { keep: parameter(draws, `keep.${k}`), restore });
  return tf.add(placed, tf.mul(tf.expandDims(mask, -1), maskToken));
}

function checkedKept(count: number, maskRatio: number): number {
  const kept = keptCount(count, maskRatio);
  if (kept < 1 || kept >= count) {
    throw new UsageError(
      `Cannot mask ${count} tokens at mask ratio ${maskRatio}: ${kept} tokens would be kept, ` +
        `between 1 and ${count - 1} are wanted`,
    );
  }
  return kept;
}
