/**
 * Losses: of tokens and their means over sets of tokens, of labelled tasks from the outputs of a
 * linear head before any squashing, and MetaMAE's task contrast between latents before and after
 * adaptation.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy, oneHot } from "../engine/ops/mod.ts";
import { type InputSpec, outputCount, type TaskSpec } from "../spec/mod.ts";
import { float32, int32, type NdArray } from "../util/mod.ts";

/**
 * Loss of every token (N, L): squared error averaged over the patch, or cross-entropy.
 *
 * @param prediction Patches (N, L, P), or logits (N, L, V).
 * @param target Patches (N, L, P), or ids (N, L).
 */
export function tokenLoss(prediction: Tensor, target: Tensor, { kind }: InputSpec): Tensor {
  return kind === "tokens"
    ? crossEntropy(prediction, target)
    : tf.mean(tf.square(tf.sub(prediction, target)), -1);
}

/** Tokens of one modality that a loss counts. */
export type WeightedTokens = {
  /** 1 for chosen tokens, else 0 (N, L). */
  readonly weights: Tensor;
  /** For a part of a batch, where parts choose different numbers of tokens; see batch_share.ts. */
  readonly count?: Tensor;
};

/**
 * Mean loss of the chosen tokens: one quotient over the whole batch for every modality, then the
 * mean over modalities. A modality without a chosen token adds 0.
 *
 * @param losses Losses of every token (N, L), by modality.
 * @param tokens Those that count, by modality.
 * @returns Scalar.
 */
export function meanOver(losses: readonly Tensor[], tokens: readonly WeightedTokens[]): Tensor {
  const means = losses.map((loss, k) => {
    const { weights, count = tf.maximum(tf.sum(weights), 1) } = tokens[k]!;
    return tf.div(tf.sum(tf.mul(loss, weights)), count);
  });
  return means.length === 1 ? means[0]! : meanOfEqual(means);
}

/**
 * Mean loss of every sample over all its tokens, then over modalities.
 *
 * @param losses Losses of every token (N, L), by modality.
 * @returns (N).
 */
export function sampleMeans(losses: readonly Tensor[]): Tensor {
  return meanOfEqual(losses.map((loss) => tf.mean(loss, -1)));
}

function meanOfEqual(tensors: readonly Tensor[]): Tensor {
  return tf.mul(tensors.reduce((sum, x) => tf.add(sum, x)), 1 / tensors.length);
}

/**
 * Mean loss of scores: cross-entropy, binary cross-entropy of logits, or squared error.
 *
 * @param scores (rows, outputs).
 * @param targets Class ids (rows) for one of several classes; (rows, outputs) float32 otherwise.
 */
export function taskLoss(scores: Tensor, targets: Tensor, { kind }: TaskSpec): Tensor {
  switch (kind) {
    case "single-label":
    case "per-token":
      return tf.mean(crossEntropy(scores, targets));
    case "binary":
    case "multi-label":
      return tf.mean(tf.sub(tf.softplus(scores), tf.mul(scores, targets)));
    case "regression":
      return tf.mean(tf.square(tf.sub(scores, targets)));
  }
}

/** Labels in the layout of a task as {@linkcode taskLoss} takes them. */
export function taskTargets(
  { data }: NdArray<"float32" | "int32">,
  task: TaskSpec,
): NdArray<"float32" | "int32"> {
  if (task.kind === "single-label" || task.kind === "per-token") return int32([data.length], data);
  const outputs = outputCount(task);
  return float32([data.length / outputs, outputs], data);
}

/** Stands for minus infinity on the diagonal: its exponential is 0 in float32. */
const excluded = -1e9;

/**
 * Normalised-temperature cross-entropy over both views of a batch.
 *
 * Rows are [before; after]; the positive of row i is its other view; all other rows but itself are
 * negatives.
 *
 * @param before Unit rows (N, d).
 * @param after Unit rows (N, d).
 * @returns Mean over the 2N rows, scalar.
 */
export function taskContrast(before: Tensor, after: Tensor, temperature: number): Tensor {
  const [samples] = before.shape as [number];
  const rows = tf.concat([before, after], 0);
  const similarity = tf.mul(
    tf.matMul(rows as tf.Tensor2D, rows as tf.Tensor2D, false, true),
    1 / temperature,
  );
  const own = Int32Array.from({ length: 2 * samples }, (_, i) => i);
  const diagonal = tf.mul(oneHot(tf.tensor1d(own, "int32"), 2 * samples), excluded);
  const partner = own.map((i) => (i + samples) % (2 * samples));
  return tf.mean(crossEntropy(tf.add(similarity, diagonal), tf.tensor1d(partner, "int32")));
}

/**
 * Share of rows whose largest logit is the label's.
 *
 * @param logits (..., classes).
 * @param labels int32, of a shape that broadcasts to that of the rows.
 * @returns Scalar in 0..1.
 */
export function topOneAccuracy(logits: Tensor, labels: Tensor): Tensor {
  return tf.mean(tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32"));
}

/** The ids 0 .. count - 1, int32 (count): labels of rows that belong to themselves. */
export function idsBelow(count: number): Tensor {
  return tf.tensor1d(Int32Array.from({ length: count }, (_, i) => i), "int32");
}
