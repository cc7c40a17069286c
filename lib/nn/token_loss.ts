/**
 * Averaging token losses over a set of tokens.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy } from "../engine/ops/mod.ts";
import type { InputSpec } from "../spec/mod.ts";

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
 * Mean loss of the chosen tokens: one quotient over the whole batch for every modality, then the mean
 * over modalities. A modality without a chosen token adds 0.
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
