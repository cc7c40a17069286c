/**
 * MetaMAE's task contrast: a sample's latents before and after adaptation attract each other.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy, oneHot } from "../engine/ops/mod.ts";

/** Stands for minus infinity on the diagonal: its exponential is 0 in float32. */
const excluded = -1e9;

/**
 * Normalised-temperature cross-entropy over both views of a batch.
 *
 * Rows are [before; after]; the positive of row i is its other view; all other rows but itself are
 * negatives.
 *
 * @param before Unit rows (N, d).
 * @param after Unit rows (N, d).
 * @returns Mean over the 2N rows, scalar.
 */
export function taskContrast(before: Tensor, after: Tensor, temperature: number): Tensor {
  const [samples] = before.shape as [number];
  const rows = tf.concat([before, after], 0);
  const similarity = tf.mul(
    tf.matMul(rows as tf.Tensor2D, rows as tf.Tensor2D, false, true),
    1 / temperature,
  );
  const own = Int32Array.from({ length: 2 * samples }, (_, i) => i);
  const diagonal = tf.mul(oneHot(tf.tensor1d(own, "int32"), 2 * samples), excluded);
  const partner = own.map((i) => (i + samples) % (2 * samples));
  return tf.mean(crossEntropy(tf.add(similarity, diagonal), tf.tensor1d(partner, "int32")));
}
