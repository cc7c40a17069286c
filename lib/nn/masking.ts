/**
 * Masks and support sets on the host, from uniform draws.
 *
 * @module
 */

import type { HostTree, Tensor } from "../engine/mod.ts";
import { type InputSpec, patchCount } from "../spec/mod.ts";
import { float32, int32, type NdArray } from "../util/mod.ts";

/** A masking of the tokens of one modality. */
export type Masking = {
  /** Positions of the kept tokens in shuffled order, int32 (N, K). */
  readonly keep: Tensor;
  /** For every position its place in the shuffled order, int32 (N, L). */
  readonly restore: Tensor;
  /** 1 where a token is masked, float32 (N, L). */
  readonly mask: Tensor;
};

/** A {@linkcode Masking} on the host. */
export type DrawnMasking = HostTree<Masking> & { readonly mask: NdArray<"float32"> };

/**
 * Masking by sorting uniform draws: the positions with the smallest draws are kept, ties by
 * position.
 *
 * @param noise Uniform draws (N, L).
 * @param kept Tokens that stay visible in every sample.
 */
export function maskingFromNoise(noise: NdArray<"float32">, kept: number): DrawnMasking {
  const [samples, length] = noise.shape as [number, number];
  const keep = int32([samples, kept]);
  const restore = int32([samples, length]);
  const mask = float32([samples, length]);
  mask.data.fill(1);
  for (let n = 0; n < samples; n++) {
    const row = noise.data.subarray(n * length, (n + 1) * length);
    const order = Array.from(row, (_, i) => i).sort((a, b) => row[a]! - row[b]! || a - b);
    order.forEach((position, place) => {
      restore.data[n * length + position] = place;
      if (place < kept) {
        keep.data[n * kept + place] = position;
        mask.data[n * length + position] = 0;
      }
    });
  }
  return { keep, restore, mask };
}

/**
 * Support set of MetaMAE's inner step: every visible token, and each masked token beside a visible
 * one with a given probability. Neighbours are left and right in sequences, the four edge
 * neighbours on the patch grid of images.
 *
 * @param mask 1 where masked (N, L).
 * @param noise Uniform draws (N, L); a token joins where its draw is below `ratio`.
 * @returns 1 where a token belongs to the support, float32 (N, L).
 */
export function supportFromNoise(
  mask: NdArray<"float32">,
  noise: NdArray<"float32">,
  ratio: number,
  input: InputSpec,
): NdArray<"float32"> {
  const [samples, length] = mask.shape as [number, number];
  const threshold = Math.fround(ratio);
  const columns = input.kind === "image" ? input.width / input.patch : length;
  const support = float32([samples, length]);
  for (let n = 0; n < samples; n++) {
    const visible = (i: number) => mask.data[n * length + i] === 0;
    for (let i = 0; i < length; i++) {
      const column = i % columns;
      const near = (column > 0 && visible(i - 1)) || (column + 1 < columns && visible(i + 1)) ||
        (i >= columns && visible(i - columns)) || (i + columns < length && visible(i + columns));
      const joins = near && noise.data[n * length + i]! < threshold;
      support.data[n * length + i] = visible(i) || joins ? 1 : 0;
    }
  }
  return support;
}

/**
 * Rows that practically every sample's support fits into: the visible tokens, and of the masked
 * ones beside them the expected number and eight standard deviations.
 *
 * @param kept Visible tokens of a sample.
 * @param ratio Chance of a masked neighbour to join.
 */
export function supportRows(kept: number, ratio: number, input: InputSpec): number {
  const masked = patchCount(input) - kept;
  const neighbours = Math.min(masked, kept * (input.kind === "image" ? 4 : 2));
  const expected = neighbours * ratio;
  const joining = Math.ceil(expected + 8 * Math.sqrt(expected * (1 - ratio)));
  return kept + Math.min(neighbours, joining);
}
