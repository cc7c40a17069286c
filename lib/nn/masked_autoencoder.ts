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
import { gatherRows, placeTokens } from "../engine/ops/mod.ts";
import { type InputSpec, keptCount, patchWidth } from "../spec/mod.ts";
import { UsageError } from "../util/mod.ts";
import { type Architecture, checkHeads } from "./architecture.ts";
import { selfAttention } from "./attention.ts";
import { blockOutput, blockSpecs, queriesKeysValues } from "./block.ts";
import { type Dropout, noDropout, type StepKey, uniformRows } from "./draws.ts";
import { linear, norm, parameter, project } from "./linear.ts";
import { type DrawnMasking, type Masking, maskingFromNoise } from "./masking.ts";
import {
  type MetamaeEncoder,
  metamaeEncoder,
  modalityNames,
  positionRows,
  positionsAt,
  positionSpecs,
} from "./metamae_encoder.ts";
import { linearSpecs, normSpecs, type ParameterSpec, trainable } from "./parameter_spec.ts";
import { patchify } from "./patches.ts";
import { tokenLoss } from "./losses.ts";
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
   * Losses of a set of tokens alone (N, R_k), by modality: what {@linkcode tokenLosses} would give
   * for them, but the last block of the decoder computes no others.
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

/** A decoder of given inputs and sizes; both functions are pure. */
export interface MaskedDecoder {
  /**
   * Tokens after the last block and its LayerNorm.
   *
   * @param latents Of the visible tokens (N, 1 + K, D) if `masks` are given, else of all (N, 1 + L,
   * D).
   * @param masks The masking of every modality.
   * @param take Takes the tokens that are wanted, (N, 1 + L, ...) to (N, R, ...): in the last block
   * no others ask. By default all are.
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
    // Until attention mixes them, masked tokens are the same in every sample: they are projected
    // once.
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
