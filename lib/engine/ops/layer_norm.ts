/**
 * Layer normalisation, differentiable twice.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";

/** Epsilon of the published models; 1e-6 would change gradients by a quarter. */
export const layerNormEpsilon = 1e-5;

/**
 * Normalises the last axis to mean 0 and biased variance 1, then scales and shifts.
 *
 * @param x (..., D).
 * @param weight (D).
 * @param bias (D).
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  return tf.add(tf.mul(standardize(x, layerNormEpsilon), weight), bias);
}

/**
 * (x - mean) / sqrt(variance + epsilon) over the last axis, with the closed-form gradient
 * (dy - mean(dy) - y mean(dy y)) / sqrt(variance + epsilon).
 */
export function standardize(x: Tensor, epsilon: number): Tensor {
  return differentiable(
    [x],
    ([x]) => parts(x!, epsilon).normalized,
    (dy, [x]) => {
      const { normalized, scale } = parts(x!, epsilon);
      const along = tf.mul(normalized, tf.mean(tf.mul(dy, normalized), -1, true));
      return [tf.mul(scale, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along))];
    },
  );
}

function parts(x: Tensor, epsilon: number): { normalized: Tensor; scale: Tensor } {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return { normalized: tf.mul(centered, scale), scale };
}
