/**
 * Masked auto-encoding as the DABS benchmark has it: blanked embeddings, no decoder.
 *
 * @module
 */

import { z } from "zod";
import { type HostTree, type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy, gatherRows, keepTokens } from "../engine/ops/mod.ts";
import {
  corruptedPart,
  defaultLinearSpecs,
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  linear,
  meanOver,
  patchify,
  project,
  type SequenceEncoder,
  type StepKey,
  tokenCounts,
  uniformRows,
  visiblePositions,
  type WeightedTokens,
} from "../nn/mod.ts";
import { corruptedCount, type InputSpec, patchWidth } from "../spec/mod.ts";
import type { NdArray } from "../util/mod.ts";
import {
  corruptionRate,
  dabs2Paper,
  type Forward,
  type Method,
  type Model,
  modelOf,
  sequenceMethod,
} from "./method.ts";

/** Options of {@linkcode dabsMae}, with the default of the DABS benchmark. */
export const dabsMaeOptions = z.strictObject({ corruptionRate });

/** Options of {@linkcode dabsMae}. */
export type DabsMaeOptions = z.infer<typeof dabsMaeOptions>;

/** What is blanked. */
type Blanks = {
  /** 0 where a position is blanked, float32 (N, L). */
  readonly visible: Tensor;
  /** The blanked positions of every modality; see {@linkcode corruptedPart}. */
  readonly blanked: readonly (WeightedTokens & {
    readonly keep: Tensor;
    readonly restore: Tensor;
  })[];
};

/** Draws of {@linkcode dabsMae}. */
export type DabsMaeDraws = DropoutDraws & Blanks;

/**
 * Blanks the embeddings of some random positions, encodes the whole sequence and reconstructs the
 * blanked patches from their own latents: the length of the error vector (not squared) for
 * continuous patches, cross-entropy with the embedding table as output layer for ids; the mean over
 * the modalities.
 *
 * It is the MAE row of the published table and decoder depth 0 of its ablation. The reference runs
 * on images and tokens only; series and tabular input follow the same rule with the patches of this
 * project, and every continuous modality has a predictor of its own.
 */
export const dabsMae: Method<DabsMaeOptions, DabsMaeDraws> = sequenceMethod({
  id: "dabs-mae",
  title: "DABS MAE",
  paper: dabs2Paper,
  summary: "Reconstructs blanked patches from their own latents, without a decoder",
  options: dabsMaeOptions,
  model: dabsMaeModel,
});

/** The method on a given encoder. */
export function dabsMaeModel(
  encoder: SequenceEncoder,
  architecture: Model["architecture"],
  { corruptionRate }: DabsMaeOptions,
): Model<DabsMaeDraws> {
  const { inputs, counts, width } = encoder;
  const length = counts.reduce((sum, count) => sum + count, 0);
  const blanked = corruptedCount(length, corruptionRate);
  const forward = dabsMaeForward(encoder);
  return {
    ...modelOf(encoder, architecture),
    parameters: [
      ...encoder.parameters,
      ...inputs.flatMap((input, k) =>
        input.kind === "tokens"
          ? []
          : defaultLinearSpecs(predictorName(inputs, k), patchWidth(input), width)
      ),
    ],
    draw(key) {
      const blanks = (key: StepKey) =>
        dabsMaeDraws(uniformRows(key, "dabs-mae", length), blanked, counts);
      const draws = blanks(key);
      // The share of a modality differs between samples, and so between workers.
      const sizes = counts.length === 1
        ? []
        : tokenCounts(key, (key) => blanks(key).blanked.map(({ weights }) => weights));
      return {
        ...draws,
        blanked: draws.blanked.map((part, k) => ({ ...part, ...sizes[k] })),
        ...dropoutDraw(key),
      };
    },
    objective(parameters, tensors, draws) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const { loss } = forward(parameters, tensors, draws, dropout);
      return { loss, metrics: {}, state: {} };
    },
  };
}

/**
 * The reference's name where there is one continuous modality; numbered where there are several.
 */
function predictorName(inputs: readonly InputSpec[], modality: number): string {
  const continuous = inputs.filter(({ kind }) => kind !== "tokens");
  return continuous.length === 1 ? "predictor.1" : `predictor.${modality}.1`;
}

/**
 * What is blanked in a step.
 *
 * @param noise Uniform draws (N, L); the positions with the largest are blanked.
 * @param count Blanked positions a sample.
 * @param counts Positions of every modality.
 */
export function dabsMaeDraws(
  noise: NdArray<"float32">,
  count: number,
  counts: readonly number[],
): HostTree<Blanks> {
  let start = 0;
  const blanked = counts.map((size) => {
    const part = corruptedPart(noise, count, start, size);
    start += size;
    return part;
  });
  return { visible: visiblePositions(noise, count), blanked };
}

/** What the objective computes. */
export interface DabsMaeForward {
  /** Embeddings with blanks (N, L, D). */
  readonly blanked: Tensor;
  /** Latents (N, 1 + L, D). */
  readonly latents: Tensor;
  /** Mean over the modalities of the mean loss of their blanked positions. */
  readonly loss: Tensor;
}

/** The objective of a batch under given draws and dropout. */
export function dabsMaeForward(encoder: SequenceEncoder): Forward<Blanks, DabsMaeForward> {
  return (parameters, tensors, draws, dropout) => {
    const { inputs, counts } = encoder;
    const embeddings = encoder.embed(parameters, tensors);
    const blanked = tf.mul(embeddings, tf.expandDims(draws.visible, -1));
    const latents = encoder.transform(parameters, blanked, dropout);
    const [samples, , width] = latents.shape as [number, number, number];
    let start = 1;
    const losses = inputs.map((input, k) => {
      const all = tf.slice(latents, [0, start, 0], [samples, counts[k]!, width]);
      start += counts[k]!;
      const { keep, restore } = draws.blanked[k]!;
      // The share that counts is cut out first: logits over a vocabulary are large.
      const chosen = keepTokens(all, { keep, restore });
      const target = gatherRows(patchify(tensors[k]!, input), keep);
      if (input.kind === "tokens") {
        return crossEntropy(project(chosen, encoder.tokenTable(parameters, k)), target);
      }
      const predicted = linear(parameters, predictorName(inputs, k), tf.relu(chosen));
      return errorLength(tf.sub(predicted, target));
    });
    return { blanked, latents, loss: meanOver(losses, draws.blanked) };
  };
}

/** Euclidean length over the last axis, with gradient 0 where it is 0. */
function errorLength(error: Tensor): Tensor {
  return tf.sqrt(tf.maximum(tf.sum(tf.square(error), -1), 1e-24));
}
