/**
 * The transformer that MAE and MetaMAE share: an encoder of the visible tokens, a decoder of all.
 *
 * Several modalities form one sequence: every one has its own patches, position tables, mask token,
 * number of kept tokens and head; CLS, encoder and decoder are joint. With one modality names and
 * layouts are those of the published checkpoints; with several a number is appended.
 *
 * @module
 */

import { type HostTree, type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { gatherRows } from "../engine/ops/mod.ts";
import { type InputSpec, keptCount, patchWidth } from "../spec/mod.ts";
import { UsageError } from "../util/mod.ts";
import { type Architecture, checkHeads } from "./architecture.ts";
import { blockSpecs } from "./block.ts";
import { type Dropout, noDropout, type StepKey, uniformRows } from "./draws.ts";
import { cutTokens, maskedDecoder } from "./masked_decoder.ts";
import { type DrawnMasking, type Masking, maskingFromNoise } from "./masking.ts";
import {
  type MetamaeEncoder,
  metamaeEncoder,
  modalityNames,
  positionsAt,
  positionSpecs,
} from "./metamae_encoder.ts";
import { linearSpecs, normSpecs, type ParameterSpec, trainable } from "./parameter_spec.ts";
import { patchify } from "./patches.ts";
import { tokenLoss } from "./token_loss.ts";
import { takeTargets, takeTokens, type TokenSet, tokenSet } from "./token_set.ts";

/** Which tokens of a batch are masked. */
export type MaskDraws = {
  /** The masking of every modality. */
  readonly masks: readonly Masking[];
  /** The masked tokens. */
  readonly masked: TokenSet;
};

/** The masked autoencoder of given inputs and sizes; every function is pure. */
export interface MaskedAutoencoder {
  readonly inputs: readonly InputSpec[];
  readonly parameters: readonly ParameterSpec[];
  /** Kept tokens of every modality. */
  readonly kept: readonly number[];
  drawMasks(key: StepKey): HostTree<MaskDraws> & { readonly masks: readonly DrawnMasking[] };
  /** What is reconstructed: patches (N, L, P) or ids (N, L) of every modality. */
  targets(inputs: readonly Tensor[]): Tensor[];
  /** Latents (N, 1 + K, D) of the visible tokens, CLS first, then shuffled order. */
  encodeVisible(
    parameters: StateDict,
    inputs: readonly Tensor[],
    masks: readonly Masking[],
    dropout?: Dropout,
  ): Tensor;
  /** Latents (N, 1 + L, D) of all tokens in natural order, CLS first; no dropout by default. */
  encode(parameters: StateDict, inputs: readonly Tensor[], dropout?: Dropout): Tensor;
  /**
   * Predictions (N, L, P) or logits (N, L, V) of every modality in natural order.
   *
   * @param latents Of the visible tokens if `masks` are given, else of all tokens.
   */
  decode(parameters: StateDict, latents: Tensor, masks?: readonly Masking[]): Tensor[];
  /** Loss of every token (N, L), by modality; see {@linkcode tokenLoss}. */
  tokenLosses(predictions: readonly Tensor[], targets: readonly Tensor[]): Tensor[];
  /**
   * Losses of a set of tokens alone (N, R_k), by modality: what {@linkcode tokenLosses} would give for
   * them, but the last block of the decoder computes no others.
   *
   * @param latents Of the visible tokens.
   */
  lossesOf(
    set: TokenSet,
    parameters: StateDict,
    latents: Tensor,
    inputs: readonly Tensor[],
    masks: readonly Masking[],
  ): Tensor[];
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
  const decoder = maskedDecoder(encoder, architecture);
  const { counts } = encoder;
  const kept = counts.map((count) => checkedKept(count, maskRatio));
  const targets = (tensors: readonly Tensor[]) => tensors.map((x, k) => patchify(x, inputs[k]!));
  return {
    inputs,
    kept,
    parameters: stateDict(encoder, architecture),

    drawMasks(key) {
      const masks = counts.map((count, k) =>
        maskingFromNoise(uniformRows(key, `mask/${k}`, count), kept[k]!)
      );
      const rows = counts.map((count, k) => count - kept[k]!);
      return { masks, masked: tokenSet(masks.map(({ mask }) => mask), rows) };
    },

    targets,

    encodeVisible(parameters, tensors, masks, dropout = noDropout) {
      // Only what is kept is embedded: the masked share would be dropped right after.
      const tokens = tensors.map((x, k) => {
        const { keep } = masks[k]!;
        const patches = gatherRows(patchify(x, inputs[k]!), keep);
        const embedded = encoder.embedPatches(parameters, k, patches);
        return tf.add(embedded, positionsAt(encoder.positions(parameters, k), keep));
      });
      return encoder.encodeTokens(parameters, tokens, dropout);
    },

    encode: encoder.encode,

    decode(parameters, latents, masks) {
      const x = decoder.tokens(parameters, latents, masks);
      return cutTokens(x, 1, counts).map((tokens, k) => decoder.predict(parameters, tokens, k));
    },

    tokenLosses: (predictions, targets) =>
      predictions.map((prediction, k) => tokenLoss(prediction, targets[k]!, inputs[k]!)),

    lossesOf(set, parameters, latents, tensors, masks) {
      const x = decoder.tokens(parameters, latents, masks, (x) => takeTokens(x, set));
      const wanted = targets(tensors).map((all, k) => takeTargets(all, set, k));
      return cutTokens(x, 0, wanted.map(({ shape }) => shape[1]!)).map((tokens, k) =>
        tokenLoss(decoder.predict(parameters, tokens, k), wanted[k]!, inputs[k]!)
      );
    },
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
