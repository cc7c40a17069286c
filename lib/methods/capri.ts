/**
 * Capri: contrastive prediction of blanked embeddings, also known as contpred.
 *
 * @module
 */

import { z } from "zod";
import { type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy } from "../engine/ops/mod.ts";
import {
  defaultLinearSpecs,
  dropoutDraw,
  type DropoutDraws,
  idsBelow,
  keyedDropout,
  linear,
  type SequenceEncoder,
  topOneAccuracy,
  uniformRows,
  unitRows,
  visiblePositions,
  withoutCls,
} from "../nn/mod.ts";
import { corruptedCount } from "../spec/mod.ts";
import {
  corruptionRate,
  dabs2Paper,
  type Forward,
  type Method,
  type Model,
  modelOf,
  sequenceMethod,
} from "./method.ts";

/** Options of {@linkcode capri}, with the defaults of the DABS benchmark. */
export const capriOptions = z.strictObject({
  corruptionRate,
  temperature: z.number().positive().default(0.07).describe("Temperature of the contrastive loss"),
  normalize: z.boolean().default(false)
    .describe("Compare predictions and embeddings by their cosine"),
});

/** Options of {@linkcode capri}. */
export type CapriOptions = z.infer<typeof capriOptions>;

/** Draws of {@linkcode capri}. */
export type CapriDraws = DropoutDraws & {
  /** 0 where a position is blanked, 1 elsewhere, float32 (N, L). */
  readonly visible: Tensor;
};

/**
 * Blanks the embeddings of some random positions and predicts, at every position, its embedding
 * among all embeddings of the sample.
 *
 * Kept as the reference computes it: the loss counts all positions, blanked or not, and its softmax
 * runs over the predictions of one target. So a vector that is added to all predictions changes
 * nothing: the predictor's bias and the last bias of the DABS encoder have no gradient but
 * rounding.
 */
export const capri: Method<CapriOptions, CapriDraws> = sequenceMethod({
  id: "capri",
  aliases: ["contpred"],
  title: "Capri",
  paper: dabs2Paper,
  summary: "Finds the embedding of every position, some blanked, among those of its sample",
  options: capriOptions,
  model: capriModel,
});

/** The method on a given encoder. */
export function capriModel(
  encoder: SequenceEncoder,
  architecture: Model["architecture"],
  options: CapriOptions,
): Model<CapriDraws> {
  const { counts, width } = encoder;
  const length = counts.reduce((sum, count) => sum + count, 0);
  const blanked = corruptedCount(length, options.corruptionRate);
  const forward = capriForward(encoder, options);
  return {
    ...modelOf(encoder, architecture),
    parameters: [...encoder.parameters, ...defaultLinearSpecs("predictor", width, width)],
    draw: (key) => ({
      visible: visiblePositions(uniformRows(key, "capri", length), blanked),
      ...dropoutDraw(key),
    }),
    objective(parameters, tensors, draws) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const computed = forward(parameters, tensors, draws, dropout);
      // By the other axis than the loss: which target is nearest to a prediction.
      const correct = topOneAccuracy(tf.transpose(computed.logits, [0, 2, 1]), idsBelow(length));
      return { loss: computed.loss, metrics: { accuracy: correct }, state: {} };
    },
  };
}

/** What the objective computes. */
export interface CapriForward {
  /** Embeddings with blanks (N, L, D). */
  readonly blanked: Tensor;
  /** Latents (N, 1 + L, D). */
  readonly latents: Tensor;
  /**
   * Similarity of every target (row) to every prediction (column), over the temperature (N, L, L).
   */
  readonly logits: Tensor;
  /** Mean cross-entropy over all targets. */
  readonly loss: Tensor;
}

/** The objective of a batch under given draws and dropout. */
export function capriForward(
  encoder: SequenceEncoder,
  { temperature, normalize }: CapriOptions,
): Forward<Pick<CapriDraws, "visible">, CapriForward> {
  return (parameters, inputs, { visible }, dropout) => {
    const embeddings = encoder.embed(parameters, inputs);
    const blanked = tf.mul(embeddings, tf.expandDims(visible, -1));
    const latents = encoder.transform(parameters, blanked, dropout);
    const predicted = linear(parameters, "predictor", withoutCls(latents));
    const [targets, predictions] = normalize
      ? [unitRows(embeddings), unitRows(predicted)]
      : [embeddings, predicted];
    const logits = tf.mul(tf.matMul(targets, predictions, false, true), 1 / temperature);
    const loss = tf.mean(crossEntropy(logits, idsBelow(logits.shape[2]!)));
    return { blanked, latents, logits, loss };
  };
}
