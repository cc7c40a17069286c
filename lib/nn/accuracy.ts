/**
 * How often the largest logit is the right one; for the log, not for gradients.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";

/**
 * Share of rows whose largest logit is the label's.
 *
 * @param logits (..., classes).
 * @param labels int32, of a shape that broadcasts to that of the rows.
 * @returns Scalar in 0..1.
 */
export function accuracy(logits: Tensor, labels: Tensor): Tensor {
  return tf.mean(tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32"));
}
