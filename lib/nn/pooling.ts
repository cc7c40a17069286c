/**
 * From token latents to the features of a sample.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";

/** Mean over the tokens without CLS: (N, 1 + L, D) to (N, D). */
export function poolTokens(latents: Tensor): Tensor {
  return tf.mean(withoutCls(latents), 1);
}

/** Mean over all positions, CLS included: (N, 1 + L, D) to (N, D). */
export function poolPositions(latents: Tensor): Tensor {
  return tf.mean(latents, 1);
}

/** The tokens' own latents: (N, 1 + L, D) to (N, L, D). */
export function withoutCls(latents: Tensor): Tensor {
  const [samples, positions, width] = latents.shape as [number, number, number];
  return tf.slice(latents, [0, 1, 0], [samples, positions - 1, width]);
}
