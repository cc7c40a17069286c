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

/** Loss of a head: softmax cross-entropy, binary cross-entropy after a sigmoid, squared error. */
export type ProbeLoss = "softmax" | "sigmoid" | "squared";

/** Learning rate of the published protocol. */
export const probeLearningRate = 1e-4;
/** Weight of the L2 term, which is added to the gradient ("coupled"). */
export const probeWeightDecay = 1e-4;

const [decay1, decay2, epsilon] = [0.9, 0.999, 1e-8];

/** Head and the two moments of Adam, each (D + 1, outputs). */
export interface ProbeState {
  readonly head: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

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

/**
 * The bias corrections of Adam at steps `first`, `first + 1`, ...: pairs of the step size
 * lr / (1 - 0.9^t) and the factor 1 / sqrt(1 - 0.999^t), computed in double precision.
 *
 * @param first One-based number of the first step.
 */
export function adamCorrections(first: number, steps: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(2 * steps);
  for (let i = 0; i < steps; i++) {
    out[2 * i] = probeLearningRate / (1 - decay1 ** (first + i));
    out[2 * i + 1] = 1 / Math.sqrt(1 - decay2 ** (first + i));
  }
  return out;
}

/**
 * One step of Adam with coupled L2: the decay term enters both moments.
 *
 * @param correction The step's two values of {@linkcode adamCorrections}, (2).
 */
export function probeStep(
  state: ProbeState,
  features: Tensor,
  targets: Tensor,
  correction: Tensor,
  loss: ProbeLoss,
): ProbeState {
  const [rate, scale] = tf.split(correction, 2) as [Tensor, Tensor];
  const plain = probeGradient(state.head, features, targets, loss);
  const gradient = tf.add(plain, tf.mul(state.head, probeWeightDecay));
  const first = tf.add(tf.mul(state.first, decay1), tf.mul(gradient, 1 - decay1));
  const second = tf.add(tf.mul(state.second, decay2), tf.mul(tf.square(gradient), 1 - decay2));
  const deviation = tf.add(tf.mul(tf.sqrt(second), scale), epsilon);
  const head = tf.sub(state.head, tf.mul(rate, tf.div(first, deviation)));
  return { head, first, second };
}
