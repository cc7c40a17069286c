/**
 * Multi-head self-attention.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { softmax } from "../engine/ops/mod.ts";

/**
 * Attention between the input's projection and the output's.
 *
 * Head h owns a consecutive slice of each of q, k and v. Logits are q.k / sqrt(head width), softmax
 * over the keys, heads are joined again.
 *
 * @param joint Queries, keys and values [q | k | v] (N, T, 3 * heads * head width).
 * @param take Takes the tokens that ask, (N, T, ...) to (N, Q, ...); by default all do.
 * @returns (N, Q, heads * head width).
 */
export function selfAttention(
  joint: Tensor,
  heads: number,
  take: (x: Tensor) => Tensor = (x) => x,
): Tensor {
  const [samples, tokens, jointWidth] = joint.shape as [number, number, number];
  const width = jointWidth / 3;
  const headWidth = width / heads;
  // One part at a time: the embedded backends are slow in moving more than four axes.
  const part = (index: number) => tf.slice(joint, [0, 0, index * width], [samples, tokens, width]);
  const split = (x: Tensor) => {
    const rows = tf.reshape(x, [samples, -1, heads, headWidth]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [samples * heads, -1, headWidth]);
  };
  const logits = tf.mul(
    tf.matMul(split(take(part(0))), split(part(1)), false, true),
    1 / Math.sqrt(headWidth),
  );
  const mixed = tf.matMul(softmax(logits), split(part(2)));
  const joined = tf.transpose(tf.reshape(mixed, [samples, heads, -1, headWidth]), [0, 2, 1, 3]);
  return tf.reshape(joined, [samples, -1, width]);
}
