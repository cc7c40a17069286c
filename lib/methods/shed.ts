/**
 * ShED: detecting shuffled embeddings.
 *
 * @module
 */

import { z } from "zod";
import { type HostTree, type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy, keepTokens } from "../engine/ops/mod.ts";
import {
  defaultLinearSpecs,
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  largestPositions,
  linear,
  markPositions,
  rotatePositions,
  type SequenceEncoder,
  topOneAccuracy,
  uniformRows,
  withoutCls,
} from "../nn/mod.ts";
import { corruptedCount } from "../spec/mod.ts";
import { int32, type NdArray } from "../util/mod.ts";
import {
  corruptionRate,
  dabsPaper,
  type Forward,
  type Method,
  type Model,
  modelOf,
  sequenceMethod,
} from "./method.ts";

/** Options of {@linkcode shed}, with the defaults of the DABS benchmark. */
export const shedOptions = z.strictObject({ corruptionRate });

/** Options of {@linkcode shed}. */
export type ShedOptions = z.infer<typeof shedOptions>;

/** Where embeddings go. */
type Shuffle = {
  /** A permutation of the positions and its inverse, int32 (N, L). */
  readonly rotation: { readonly keep: Tensor; readonly restore: Tensor };
  /** 1 where a position takes part, int32 (N, L). */
  readonly moved: Tensor;
};

/** Draws of {@linkcode shed}. */
export type ShedDraws = DropoutDraws & Shuffle;

/**
 * Rotates the embeddings of some random positions by one and lets the encoder tell, position by
 * position, which ones were moved.
 *
 * With a single chosen position nothing moves, but the position still counts as moved, as in the
 * reference.
 */
export const shed: Method<ShedOptions, ShedDraws> = sequenceMethod({
  id: "shed",
  title: "ShED",
  paper: dabsPaper,
  summary: "Detects which embeddings were shuffled",
  options: shedOptions,
  model: shedModel,
});

/** The method on a given encoder. */
export function shedModel(
  encoder: SequenceEncoder,
  architecture: Model["architecture"],
  { corruptionRate }: ShedOptions,
): Model<ShedDraws> {
  const length = encoder.counts.reduce((sum, count) => sum + count, 0);
  const moved = corruptedCount(length, corruptionRate);
  const forward = shedForward(encoder);
  return {
    ...modelOf(encoder, architecture),
    parameters: [...encoder.parameters, ...defaultLinearSpecs("predictor", 2, encoder.width)],
    draw: (key) => ({ ...shedDraws(uniformRows(key, "shed", length), moved), ...dropoutDraw(key) }),
    objective(parameters, tensors, draws) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const { logits, loss } = forward(parameters, tensors, draws, dropout);
      const correct = topOneAccuracy(logits, draws.moved);
      return { loss, metrics: { accuracy: correct }, state: {} };
    },
  };
}

/**
 * Where the embeddings of a step go.
 *
 * @param noise Uniform draws (N, L); the positions with the largest are rotated in decreasing
 * order.
 */
export function shedDraws(noise: NdArray<"float32">, count: number): HostTree<Shuffle> {
  const length = noise.shape[1]!;
  const positions = largestPositions(noise, count);
  const marks = markPositions(positions, length);
  return { rotation: rotatePositions(positions, length), moved: int32(marks.shape, marks.data) };
}

/** What the objective computes. */
export interface ShedForward {
  /** Shuffled embeddings (N, L, D). */
  readonly shuffled: Tensor;
  /** Latents (N, 1 + L, D). */
  readonly latents: Tensor;
  /** Two logits a position, of staying and of moving (N, L, 2). */
  readonly logits: Tensor;
  /** Mean cross-entropy over all positions. */
  readonly loss: Tensor;
}

/** The objective of a batch under given draws and dropout. */
export function shedForward(encoder: SequenceEncoder): Forward<Shuffle, ShedForward> {
  return (parameters, inputs, { rotation, moved }, dropout) => {
    const embeddings = encoder.embed(parameters, inputs);
    const shuffled = keepTokens(embeddings, rotation);
    const latents = encoder.transform(parameters, shuffled, dropout);
    const logits = linear(parameters, "predictor", withoutCls(latents));
    const loss = tf.mean(crossEntropy(logits, moved));
    return { shuffled, latents, logits, loss };
  };
}
