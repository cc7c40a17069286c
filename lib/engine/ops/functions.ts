/**
 * Functions whose gradients can be differentiated again: element by element, softmax and
 * cross-entropy, layer normalisation.
 *
 * TF.js's own versions reuse the saved forward *output* in their gradient, where an outer gradient
 * cannot see it: the second derivative is wrong, silently or with an error. These save their
 * *input* and recompute, which compiled steps merge away.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";
import { oneHot } from "./embedding.ts";

/** e^x; every derivative is exact. */
export function exp(x: Tensor): Tensor {
  return differentiable([x], ([x]) => tf.exp(x!), (dy, [x]) => [tf.mul(dy, exp(x!))]);
}

/** Logistic function 1 / (1 + e^-x). */
export function sigmoid(x: Tensor): Tensor {
  return differentiable([x], ([x]) => tf.sigmoid(x!), (dy, [x]) => {
    const y = sigmoid(x!);
    return [tf.mul(dy, tf.mul(y, tf.sub(1, y)))];
  });
}

/**
 * GELU in its exact form, x times the normal distribution function of x.
 *
 * First and second derivative are given in closed form: with the normal density p,
 * gelu' = P(x) + x p(x) and gelu'' = p(x) (2 - x^2).
 */
export function gelu(x: Tensor): Tensor {
  return differentiable(
    [x],
    ([x]) => tf.mul(x!, distribution(x!)),
    (dy, [x]) => [tf.mul(dy, geluDerivative(x!))],
  );
}

function geluDerivative(x: Tensor): Tensor {
  return differentiable(
    [x],
    ([x]) => tf.add(distribution(x!), tf.mul(x!, density(x!))),
    (dy, [x]) => [tf.mul(dy, tf.mul(density(x!), tf.sub(2, tf.square(x!))))],
  );
}

/** Distribution function of the standard normal. */
function distribution(x: Tensor): Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** Density of the standard normal. */
function density(x: Tensor): Tensor {
  return tf.mul(exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}

/** Softmax over the last axis; the row maximum is subtracted first. */
export function softmax(x: Tensor): Tensor {
  return differentiable([x], ([x]) => tf.softmax(x!), (dy, [x]) => {
    const y = softmax(x!);
    const weighted = tf.mul(dy, y);
    return [tf.sub(weighted, tf.mul(y, tf.sum(weighted, -1, true)))];
  });
}

/** Logarithm of the softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return differentiable(
    [x],
    ([x]) => {
      const shifted = tf.sub(x!, tf.max(x!, -1, true));
      return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
    },
    (dy, [x]) => [tf.sub(dy, tf.mul(softmax(x!), tf.sum(dy, -1, true)))],
  );
}

/**
 * Cross-entropy of every row of logits.
 *
 * @param logits (..., classes).
 * @param labels Class ids, int32 (...).
 * @returns Losses in nats (...).
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape.at(-1)!;
  return tf.neg(tf.sum(tf.mul(logSoftmax(logits), oneHot(labels, classes)), -1));
}

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
