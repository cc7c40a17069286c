/**
 * What the two transformer families have in common when nothing is left out of the sequence.
 *
 * The methods of the DABS benchmark change the embeddings of a full sequence (mix, shuffle, blank)
 * and look at what the encoder makes of it. They are written against this record, so that each of
 * them runs on either backbone.
 *
 * @module
 */

import type { StateDict, Tensor } from "../engine/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import type { Dropout } from "./draws.ts";
import type { ParameterSpec } from "./parameter_spec.ts";

/** An encoder of full sequences; every function is pure. */
export interface SequenceEncoder {
  readonly inputs: readonly InputSpec[];
  /** Entries of the state dict in checkpoint order. */
  readonly parameters: readonly ParameterSpec[];
  /** Tokens of every modality, in the order of the sequence; their sum is L. */
  readonly counts: readonly number[];
  /** Width D of embeddings and latents. */
  readonly width: number;
  /** Places of dropout in one pass: 0 .. this - 1. A second pass in one step numbers on. */
  readonly dropoutPlaces: number;

  /** Embeddings (N, L, D) of all modalities one after the other, before CLS and positions. */
  embed(parameters: StateDict, inputs: readonly Tensor[]): Tensor;

  /**
   * Latents (N, 1 + L, D), CLS first.
   *
   * @param embeddings (N, L, D) as {@linkcode SequenceEncoder.embed} gives them, or changed.
   * @param dropout None by default.
   */
  transform(parameters: StateDict, embeddings: Tensor, dropout?: Dropout): Tensor;

  /** Both in one: latents (N, 1 + L, D) of unchanged inputs. */
  encode(parameters: StateDict, inputs: readonly Tensor[], dropout?: Dropout): Tensor;

  /** Features (N, D) of latents (N, 1 + L, D). */
  pool(latents: Tensor): Tensor;

  /**
   * Projects features (N, D) for a loss between samples: LayerNorm and a linear map, (N, outputs).
   *
   * @throws {TypeError} If the encoder was built without a head.
   */
  head(parameters: StateDict, features: Tensor): Tensor;

  /** The table (V, D) that embeds the ids of a modality of kind `tokens`. */
  tokenTable(parameters: StateDict, modality: number): Tensor;
}

/** Options of the builders of a {@linkcode SequenceEncoder}. */
export interface SequenceEncoderOptions {
  /**
   * Outputs of the head. The DABS backbone always has one, 128 wide by default, used or not;
   * MetaMAE's backbone has one only if this is given.
   */
  readonly headWidth?: number;
}

/** Outputs of the head in the published DABS models. */
export const publishedHeadWidth = 128;
