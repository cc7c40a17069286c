/**
 * One optimizer step of the linear probe, as a pure function of tensors.
 *
 * The head is one matrix (D + 1, outputs): the weights of the linear map transposed, and the bias as
 * the last row, which meets a constant 1 at the end of every feature vector.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { oneHot, sigmoid, softmax } from "../engine/ops/mod.ts";
import { adam, type AdamScalars, type Moments } from "../train/mod.ts";

/** Loss of a head: softmax cross-entropy, binary cross-entropy after a sigmoid, squared error. */
export type ProbeLoss = "softmax" | "sigmoid" | "squared";

/** Learning rate of the published protocol. */
export const probeLearningRate = 1e-4;
/** Weight of the L2 term, which is added to the gradient ("coupled"). */
export const probeWeightDecay = 1e-4;

/** The optimizer of the published protocol. */
export const probeOptimizer = adam({ weightDecay: probeWeightDecay });

/** Head and the two moments of Adam, each (D + 1, outputs). */
export type ProbeState = { readonly head: Tensor; readonly moments: Moments };

/**
 * Gradient (D + 1, outputs) of the mean loss of a batch, without the L2 term.
 *
 * For `sigmoid` it is the derivative of the loss on probabilities as the reference computes it: where
 * a probability is exactly 0 or 1 in float32 the gradient vanishes, and a loss in logits would not.
 *
 * @param features (rows, D + 1), the last column 1.
 * @param targets Class ids (rows) for `softmax`; (rows, outputs) float32 otherwise.
 */
export function probeGradient(
  head: Tensor,
  features: Tensor,
  targets: Tensor,
  loss: ProbeLoss,
): Tensor {
  const scores = tf.matMul<tf.Tensor2D>(features as tf.Tensor2D, head as tf.Tensor2D);
  const [rows, outputs] = scores.shape;
  const residual = scoreGradient(scores, targets, loss);
  const mean = loss === "softmax" ? 1 / rows : 1 / (rows * outputs);
  return tf.mul(tf.matMul(features as tf.Tensor2D, residual as tf.Tensor2D, true), mean);
}

/** Derivative of the loss of every score, in closed form. */
function scoreGradient(scores: tf.Tensor2D, targets: Tensor, loss: ProbeLoss): Tensor {
  switch (loss) {
    case "softmax":
      return tf.sub(softmax(scores), oneHot(targets, scores.shape[1]));
    case "sigmoid": {
      const probability = sigmoid(scores);
      const slope = tf.mul(probability, tf.sub(1, probability));
      return tf.mul(tf.div(tf.sub(probability, targets), tf.maximum(slope, 1e-12)), slope);
    }
    case "squared":
      return tf.mul(2, tf.sub(scores, targets));
  }
}

/** One step of {@linkcode probeOptimizer}. */
export function probeStep(
  { head, moments }: ProbeState,
  features: Tensor,
  targets: Tensor,
  scalars: AdamScalars,
  loss: ProbeLoss,
): ProbeState {
  const gradient = probeGradient(head, features, targets, loss);
  const next = probeOptimizer.update(gradient, moments, head, scalars);
  return { head: next.parameters, moments: next.moments };
}
