/**
 * AdamW with decoupled weight decay, as a pure function of tensors.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";

/** Constants of AdamW; the published runs use {@linkcode adamwDefaults}. */
export interface AdamwOptions {
  /** Decay of the mean of the gradients. */
  readonly beta1: number;
  /** Decay of the mean of the squared gradients. */
  readonly beta2: number;
  /** Added to the square root of the corrected second moment. */
  readonly epsilon: number;
}

/** Constants of the published runs. */
export const adamwDefaults: AdamwOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Numbers of one step that change from step to step and therefore enter as tensors. */
export interface AdamwScalars<T> {
  /** Learning rate times weight decay: the share of each weight that is taken away. */
  readonly decay: T;
  /** Learning rate / (1 - beta1^t). */
  readonly stepSize: T;
  /** 1 / sqrt(1 - beta2^t). */
  readonly rootCorrection: T;
}

/** Weights with the moments of their gradients; one shape. */
export interface AdamwState {
  readonly parameters: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/**
 * The step-dependent numbers, computed in double precision on the host.
 *
 * @param t One-based step.
 */
export function adamwScalars(
  t: number,
  learningRate: number,
  weightDecay: number,
  { beta1, beta2 }: AdamwOptions = adamwDefaults,
): AdamwScalars<number> {
  return {
    decay: learningRate * weightDecay,
    stepSize: learningRate / (1 - beta1 ** t),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** t),
  };
}

/**
 * One update: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
 * p <- p - lr wd p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
 *
 * All tensors have one shape, usually all trainable weights in one flat vector, so that an update is
 * 15 operations whatever the model. Decay and step are summed before they meet the weight: at
 * the published setting the decay alone is below the resolution of a float32 weight.
 *
 * @param square The squared gradient, where the caller has it already.
 */
export function adamw(
  state: AdamwState,
  gradient: Tensor,
  scalars: AdamwScalars<Tensor>,
  { beta1, beta2, epsilon }: AdamwOptions = adamwDefaults,
  square: Tensor = tf.square(gradient),
): AdamwState {
  const firstMoment = tf.add(tf.mul(state.firstMoment, beta1), tf.mul(gradient, 1 - beta1));
  const secondMoment = tf.add(tf.mul(state.secondMoment, beta2), tf.mul(square, 1 - beta2));
  const denominator = tf.add(tf.mul(tf.sqrt(secondMoment), scalars.rootCorrection), epsilon);
  const step = tf.div(tf.mul(firstMoment, scalars.stepSize), denominator);
  const change = tf.add(tf.mul(state.parameters, scalars.decay), step);
  return { parameters: tf.sub(state.parameters, change), firstMoment, secondMoment };
}
