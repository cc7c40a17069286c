/**
 * e-Mix: telling which samples an embedding was mixed from.
 *
 * @module
 */

import { z } from "zod";
import { type HostTree, type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy, detach } from "../engine/ops/mod.ts";
import {
  type Dropout,
  dropoutDraw,
  type DropoutDraws,
  idsBelow,
  keyedDropout,
  noDropout,
  publishedHeadWidth,
  type SequenceEncoder,
  topOneAccuracy,
  uniformRows,
  unitRows,
  wholeBatch,
} from "../nn/mod.ts";
import { float32, int32, type NdArray } from "../util/mod.ts";
import {
  dabsPaper,
  type Forward,
  type Method,
  type Model,
  modelOf,
  sequenceMethod,
} from "./method.ts";

/** Options of {@linkcode emix}, with the defaults of the DABS benchmark. */
export const emixOptions = z.strictObject({
  temperature: z.number().positive().default(0.2).describe("Temperature of the contrastive loss"),
  pairedLoss: z.boolean().default(false)
    .describe("Weigh the losses of every mixture by its own coefficient, as intended"),
});

/** Options of {@linkcode emix}. */
export type EmixOptions = z.infer<typeof emixOptions>;

/** How the N samples of the whole batch are mixed. */
type Mixture = {
  /** Share of the sample itself in its mixture, at least a half, float32 (N). */
  readonly share: Tensor;
  /** That of its partner, float32 (N). */
  readonly rest: Tensor;
  /** The partner, int32 (N). */
  readonly partner: Tensor;
  /** Which samples are at hand, int32 (n). */
  readonly own: Tensor;
};

/** Draws of {@linkcode emix}. */
export type EmixDraws = DropoutDraws & Mixture;

/**
 * Mixes the embeddings of every sample with those of a random partner and lets the projected
 * mixture find both among the projected samples of the batch, in the shares in which they were
 * mixed.
 *
 * By default the loss is what the reference computes: its coefficients broadcast over the batch, so
 * that the mean coefficient weighs the mean loss. `pairedLoss` weighs each mixture by its own.
 *
 * Partners and negatives come from the whole batch, also where it is split over workers.
 */
export const emix: Method<EmixOptions, EmixDraws> = sequenceMethod({
  id: "emix",
  title: "e-Mix",
  paper: dabsPaper,
  summary: "Finds the two samples of the batch whose embeddings were mixed",
  options: emixOptions,
  headWidth: publishedHeadWidth,
  model: emixModel,
});

/** The method on a given encoder, which must have a head. */
export function emixModel(
  encoder: SequenceEncoder,
  architecture: Model["architecture"],
  options: EmixOptions,
): Model<EmixDraws> {
  const forward = emixForward(encoder, options);
  return {
    ...modelOf(encoder, architecture),
    draw(key) {
      const { firstSample, samples, batchSize } = key;
      const whole = batchSize === undefined ? key : { ...key, firstSample: 0, samples: batchSize };
      const coefficients = uniformRows(whole, "emix/coefficient", 1).data;
      const partners = ascending(uniformRows(whole, "emix/partner", 1).data);
      const first = batchSize === undefined ? 0 : firstSample;
      return { ...emixDraws(coefficients, partners, first, samples), ...dropoutDraw(key) };
    },
    objective(parameters, tensors, draws, { gather = wholeBatch } = {}) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const computed = forward(parameters, tensors, draws, dropout, gather);
      const { logits, loss } = computed;
      const correct = topOneAccuracy(logits, idsBelow(logits.shape[0]!));
      return { loss, metrics: { accuracy: correct }, state: {} };
    },
  };
}

/**
 * How the samples of a step are mixed.
 *
 * @param coefficients Uniform draws (N).
 * @param partners A permutation of the samples.
 * @param first First of the samples at hand.
 * @param samples Number of the samples at hand; all by default.
 */
export function emixDraws(
  coefficients: ArrayLike<number>,
  partners: ArrayLike<number>,
  first = 0,
  samples = coefficients.length,
): HostTree<Mixture> {
  const one = Math.fround(1);
  const larger = Float32Array.from(
    coefficients,
    (c) => Math.max(Math.fround(c), Math.fround(one - Math.fround(c))),
  );
  return {
    share: float32([larger.length], larger),
    rest: float32([larger.length], larger.map((share) => one - share)),
    partner: int32([larger.length], partners),
    own: int32([samples], Int32Array.from({ length: samples }, (_, i) => first + i)),
  };
}

/** What the objective computes; N counts the whole batch, n the samples at hand. */
export interface EmixForward {
  /** Embeddings (n, L, D). */
  readonly embeddings: Tensor;
  /** Mixed embeddings (n, L, D). */
  readonly mixed: Tensor;
  /** Projections of mixtures and of samples (N, outputs). */
  readonly ofMixed: Tensor;
  readonly ofPlain: Tensor;
  /** Similarity of every mixture (row) to every sample (column), over the temperature (N, N). */
  readonly logits: Tensor;
  /** Cross-entropy of every mixture with its sample, and with its partner (N). */
  readonly ownLoss: Tensor;
  readonly partnerLoss: Tensor;
  readonly loss: Tensor;
}

/**
 * The objective of a batch under given draws and dropout.
 *
 * @param gather Brings the samples of all workers together; every worker then computes the loss of
 * the whole batch.
 */
export function emixForward(
  encoder: SequenceEncoder,
  { temperature, pairedLoss }: EmixOptions,
): Forward<Mixture, EmixForward> {
  return (parameters, inputs, draws, dropout = noDropout, gather = wholeBatch) => {
    const { share, rest, partner, own } = draws;
    const embeddings = encoder.embed(parameters, inputs);
    const ofOwn = (x: Tensor) => tf.gather(x, own as tf.Tensor1D);
    const alongTokens = (x: Tensor) => tf.reshape(ofOwn(x), [-1, 1, 1]);
    const partners = tf.gather(gather(detach(embeddings)), ofOwn(partner) as tf.Tensor1D);
    const mixed = tf.add(
      tf.mul(embeddings, alongTokens(share)),
      tf.mul(partners, alongTokens(rest)),
    );
    const project = (tokens: Tensor, drop: Dropout) =>
      gather(encoder.head(parameters, encoder.pool(encoder.transform(parameters, tokens, drop))));
    const ofMixed = project(mixed, dropout);
    // The second pass drops other elements than the first.
    const ofPlain = project(embeddings, (x, place) => dropout(x, encoder.dropoutPlaces + place));
    const similarity = tf.matMul(
      unitRows(ofMixed) as tf.Tensor2D,
      unitRows(ofPlain) as tf.Tensor2D,
      false,
      true,
    );
    const logits = tf.mul(similarity, 1 / temperature);
    const ownLoss = crossEntropy(logits, idsBelow(logits.shape[0]!));
    const partnerLoss = crossEntropy(logits, partner);
    const weighted = (coefficient: Tensor, loss: Tensor) =>
      pairedLoss ? tf.mean(tf.mul(coefficient, loss)) : tf.mul(tf.mean(coefficient), tf.mean(loss));
    const loss = tf.add(weighted(share, ownLoss), weighted(rest, partnerLoss));
    return { embeddings, mixed, ofMixed, ofPlain, logits, ownLoss, partnerLoss, loss };
  };
}

/** Indices of the values in increasing order: a random permutation for random values. */
function ascending(values: NdArray<"float32">["data"]): number[] {
  return Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
}
