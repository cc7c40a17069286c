/**
 * One-hot rows.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";

/**
 * 1 where a class is the id, 0 elsewhere, float32 (...ids, classes).
 *
 * Written as a comparison: the wasm backend's own kernel writes integers into a float tensor.
 *
 * @param ids int32 of any shape.
 */
export function oneHot(ids: Tensor, classes: number): Tensor {
  const range = tf.tensor1d(Int32Array.from({ length: classes }, (_, i) => i), "int32");
  return tf.cast(tf.equal(tf.expandDims(ids, -1), range), "float32");
}
