/**
 * Softmax, log-softmax and cross-entropy over the last axis, differentiable twice.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";
import { oneHot } from "./embedding.ts";

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
