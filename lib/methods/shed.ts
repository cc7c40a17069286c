/**
 * ShED: detecting shuffled embeddings.
 *
 * @module
 */

import { z } from "zod";
import { type Tensor, type TensorTree, tf } from "../engine/mod.ts";
import { crossEntropy, keepTokens } from "../engine/ops/mod.ts";
import {
  accuracy,
  createSequenceEncoder,
  defaultLinearSpecs,
  type Dropout,
  dropoutDraw,
  type HostDraws,
  keyedDropout,
  largestPositions,
  linear,
  markPositions,
  noDropout,
  parameter,
  rotatePositions,
  type SequenceEncoder,
  uniformRows,
  withoutCls,
} from "../nn/mod.ts";
import { corruptedCount } from "../spec/mod.ts";
import { int32, type NdArray } from "../util/mod.ts";
import type { Method, Model } from "./method.ts";

/** Options of {@linkcode shed}, with the defaults of the DABS benchmark. */
export const shedOptions = z.strictObject({
  corruptionRate: z.number().positive().max(1).default(0.15)
    .describe("Share of tokens that are corrupted"),
});

/** Options of {@linkcode shed}. */
export type ShedOptions = z.infer<typeof shedOptions>;

/**
 * Rotates the embeddings of some random positions by one and lets the encoder tell, position by
 * position, which ones were moved.
 *
 * With a single chosen position nothing moves, but the position still counts as moved, as in the
 * reference.
 */

export const shed: Method<ShedOptions> = {
  id: "shed",
  title: "ShED",
  paper: 'Tamkin et al., "DABS: A Domain-Agnostic Benchmark for Self-Supervised Learning", ' +
    "NeurIPS Datasets and Benchmarks 2021",
  summary: "Detects which embeddings were shuffled",
  backbones: ["dabs", "metamae"],
  publishedBackbone: "dabs",
  kinds: ["series", "tabular", "image", "tokens"],
  modalities: Infinity,
  trainable: true,
  options: shedOptions,

  build: (inputs, architecture, options) =>
    shedModel(createSequenceEncoder(inputs, architecture), architecture, options),
};

/** The method on a given encoder. */
export function shedModel(
  encoder: SequenceEncoder,
  architecture: Model["architecture"],
  { corruptionRate }: ShedOptions,
): Model {
  const length = encoder.counts.reduce((sum, count) => sum + count, 0);
  const moved = corruptedCount(length, corruptionRate);
  return {
    inputs: encoder.inputs,
    architecture,
    parameters: [...encoder.parameters, ...defaultLinearSpecs("predictor", 2, encoder.width)],
    draw: (key) => ({
      ...shedDraws(uniformRows(key, "shed", length), moved),
      ...dropoutDraw(key),
    }),
    objective(parameters, tensors, draws) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const { logits, loss } = shedForward(encoder, parameters, tensors, draws, dropout);
      const correct = accuracy(logits, parameter(draws, "moved"));
      return { loss, metrics: { accuracy: correct }, state: {} };
    },
    encode: encoder.encode,
    pool: encoder.pool,
  };
}

/**
 * Draws of a step: the rotation `keep` and its inverse `restore`, and `moved`, 1 where a position
 * takes part, all int32 (N, L).
 *
 * @param noise Uniform draws (N, L); the positions with the largest are rotated in decreasing order.
 */
export function shedDraws(noise: NdArray<"float32">, count: number): HostDraws {
  const length = noise.shape[1]!;
  const positions = largestPositions(noise, count);
  const marks = markPositions(positions, length);
  return { ...rotatePositions(positions, length), moved: int32(marks.shape, marks.data) };
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
export function shedForward(
  encoder: SequenceEncoder,
  parameters: TensorTree,
  inputs: readonly Tensor[],
  draws: TensorTree,
  dropout: Dropout = noDropout,
): ShedForward {
  const embeddings = encoder.embed(parameters, inputs);
  const rotation = { keep: parameter(draws, "keep"), restore: parameter(draws, "restore") };
  const shuffled = keepTokens(embeddings, rotation);
  const latents = encoder.transform(parameters, shuffled, dropout);
  const logits = linear(parameters, "predictor", withoutCls(latents));
  const loss = tf.mean(crossEntropy(logits, parameter(draws, "moved")));
  return { shuffled, latents, logits, loss };
}
