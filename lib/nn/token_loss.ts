/**
 * Averaging token losses over a set of tokens.
 *
 * @module
 */

import { type Tensor, type TensorTree, tf } from "../engine/mod.ts";
import { crossEntropy } from "../engine/ops/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import { parameter } from "./linear.ts";

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

/**
 * Mean loss of the chosen tokens: one quotient over the whole batch for every modality, then the mean
 * over modalities. A modality without a chosen token adds 0.
 *
 * @param losses Losses of every token (N, L), by modality.
 * @param draws Holds `<set>.k` of every modality: 1 for chosen tokens (N, L); for a part of a batch also
 * `<set>.k.count`, where parts choose different numbers of tokens (see batch_share.ts).
 * @param set Name of the set of tokens, such as `mask` or `support`.
 * @returns Scalar.
 */
export function meanOver(losses: readonly Tensor[], draws: TensorTree, set: string): Tensor {
  return meanOfScalars(losses.map((loss, k) => {
    const chosen = parameter(draws, `${set}.${k}`);
    const count = draws[`${set}.${k}.count`] ?? tf.maximum(tf.sum(chosen), 1);
    return tf.div(tf.sum(tf.mul(loss, chosen)), count);
  }));
}

/**
 * Mean loss of every sample over all its tokens, then over modalities.
 *
 * @param losses Losses of every token (N, L), by modality.
 * @returns (N).
 */
export function sampleMeans(losses: readonly Tensor[]): Tensor {
  const means = losses.map((loss) => tf.mean(loss, -1));
  return tf.mul(means.reduce((sum, loss) => tf.add(sum, loss)), 1 / means.length);
}

function meanOfScalars(scalars: readonly Tensor[]): Tensor {
  return scalars.length === 1
    ? scalars[0]!
    : tf.mul(scalars.reduce((sum, loss) => tf.add(sum, loss)), 1 / scalars.length);
}
