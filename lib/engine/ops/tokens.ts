/**
 * Moving tokens along the sequence axis, with gradients that are gathers again.
 *
 * Keeping some tokens and putting them back are inverse index maps, so each one's vector-Jacobian
 * product is the other: deterministic on every backend, and no scatter is ever added up.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";

/** Index maps of a masking: which tokens stay, and where they came from. */
export interface TokenIndices {
  /** Positions of the kept tokens, int32 (N, K). */
  readonly keep: Tensor;
  /** For every position its place in the shuffled order, int32 (N, L); kept tokens come first. */
  readonly restore: Tensor;
}

/**
 * Takes the kept tokens of every sample.
 *
 * @param x (N, L, D).
 * @returns (N, K, D), in shuffled order.
 */
export function keepTokens(x: Tensor, indices: TokenIndices): Tensor {
  return differentiable(
    [x],
    ([x], [keep]) => gatherRows(x!, keep!),
    (dy, _, [keep, restore]) => [placeTokens(dy, { keep: keep!, restore: restore! })],
    [indices.keep, indices.restore],
  );
}

/**
 * Puts kept tokens back to their positions, with zeros at the others.
 *
 * @param x (N, K, D), in shuffled order.
 * @returns (N, L, D), in natural order.
 */
export function placeTokens(x: Tensor, indices: TokenIndices): Tensor {
  return differentiable(
    [x],
    ([x], [, restore]) => {
      const [samples, kept, width] = x!.shape as [number, number, number];
      const padded = tf.concat([x!, tf.zeros([samples, 1, width])], 1);
      return gatherRows(padded, tf.minimum(restore!, tf.scalar(kept, "int32")));
    },
    (dy, _, [keep, restore]) => [keepTokens(dy, { keep: keep!, restore: restore! })],
    [indices.keep, indices.restore],
  );
}

/**
 * Rows of every sample by index, without a gradient.
 *
 * @param x (N, L, D) or (N, L), float32 or int32.
 * @param indices int32 (N, K), values in 0..L-1.
 * @returns (N, K, D) or (N, K).
 */
export function gatherRows(x: Tensor, indices: Tensor): Tensor {
  // One flat gather: the batched gather of the wasm backend returns wrong rows.
  const [samples, length, ...rest] = x.shape as [number, number, ...number[]];
  const starts = Int32Array.from({ length: samples }, (_, sample) => sample * length);
  const flat = tf.add(indices, tf.tensor(starts, [samples, 1], "int32"));
  const rows = tf.reshape(x, [samples * length, ...rest]);
  return tf.reshape(tf.gather(rows, tf.reshape(flat, [-1]) as tf.Tensor1D), [
    ...indices.shape,
    ...rest,
  ]);
}
