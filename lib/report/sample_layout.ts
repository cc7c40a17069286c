/**
 * From patches back to samples.
 *
 * @module
 */

import { type InputSpec, patchCount, patchWidth, sampleShape } from "../spec/mod.ts";
import { DataError, elementCount } from "../util/mod.ts";

/**
 * Puts the patches of one sample back into sample layout.
 *
 * @param patches Row-major (L, P) in the order of the methods' targets: series (step, channel), images
 * (row, column, channel), both with the channel fastest; ids (L) for tokens.
 * @throws {DataError} If the number of values does not fit the input.
 */
export function unpatchify(patches: ArrayLike<number>, input: InputSpec): Float64Array {
  const wanted = input.kind === "tokens" ? input.length : patchCount(input) * patchWidth(input);
  if (patches.length !== wanted) {
    throw new DataError(
      `Cannot lay out the patches of a sample: there are ${patches.length} values, ` +
        `${wanted} are wanted`,
    );
  }
  const out = new Float64Array(elementCount(sampleShape(input)));
  switch (input.kind) {
    case "tokens":
    case "tabular":
      out.set(patches);
      return out;
    case "series": {
      const { channels, length } = input;
      for (let t = 0, at = 0; t < length; t++) {
        for (let c = 0; c < channels; c++, at++) out[c * length + t] = patches[at]!;
      }
      return out;
    }
    case "image": {
      const { channels, height, width, patch } = input;
      let at = 0;
      for (let top = 0; top < height; top += patch) {
        for (let left = 0; left < width; left += patch) {
          for (let y = top; y < top + patch; y++) {
            for (let x = left; x < left + patch; x++) {
              for (let c = 0; c < channels; c++, at++) {
                out[(c * height + y) * width + x] = patches[at]!;
              }
            }
          }
        }
      }
      return out;
    }
  }
}
