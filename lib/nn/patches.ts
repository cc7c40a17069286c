/**
 * Cutting inputs into patches.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { type InputSpec, patchCount, patchWidth } from "../spec/mod.ts";

/**
 * Patches of a batch, in the order of the reference's targets.
 *
 * Series: (step in patch, channel), channel fastest. Images: (row, column, channel), channel fastest,
 * patches row-major. Tabular: one value a patch. Tokens: the ids as they are.
 *
 * @param x (N, ...sample shape).
 * @returns (N, L, P), or ids (N, L).
 */
export function patchify(x: Tensor, input: InputSpec): Tensor {
  const [samples] = x.shape as [number];
  const count = patchCount(input);
  switch (input.kind) {
    case "tokens":
      return x;
    case "tabular":
      return tf.reshape(x, [samples, count, 1]);
    case "series": {
      const { channels, patch } = input;
      const cut = tf.reshape(x, [samples, channels, count * patch]);
      return tf.reshape(tf.transpose(cut, [0, 2, 1]), [samples, count, patch * channels]);
    }
    case "image": {
      const { channels, height, width, patch } = input;
      const [rows, columns] = [height / patch, width / patch];
      // Channels last first, so that no axis order of more than five axes is needed.
      const last = tf.transpose(x, [0, 2, 3, 1]);
      const bands = tf.reshape(last, [samples * rows, patch, columns, patch * channels]);
      const cut = tf.transpose(bands, [0, 2, 1, 3]);
      return tf.reshape(cut, [samples, count, patchWidth(input)]);
    }
  }
}
