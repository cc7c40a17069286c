/**
 * Element-wise functions whose gradients can be differentiated again.
 *
 * TF.js's own versions reuse the saved forward *output* in their gradient, where an outer gradient
 * cannot see it: the second derivative is wrong, silently or with an error. These save their
 * *input* and recompute, which compiled steps merge away.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";

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

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return differentiable(
    [x],
    ([x]) => tf.tanh(x!),
    (dy, [x]) => [tf.mul(dy, tf.sub(1, tf.square(tanh(x!))))],
  );
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
