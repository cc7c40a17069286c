/**
 * Sets of tokens whose predictions a loss needs, as a fixed number of rows of every sample: one
 * compiled program then serves every batch, and the decoder's last block makes no other
 * predictions.
 *
 * @module
 */

import type { HostTree, Tensor } from "../engine/mod.ts";
import { gatherRows, keepTokens } from "../engine/ops/mod.ts";
import { float32, int32, type NdArray } from "../util/mod.ts";
import type { WeightedTokens } from "./losses.ts";

/** A set of tokens of every sample; R and L are sums over the modalities. */
export type TokenSet = {
  /** Its positions in the whole sequence, CLS first, int32 (N, R). */
  readonly keep: Tensor;
  /** For every position of the sequence the place in the set, R for others, int32 (N, 1 + L). */
  readonly restore: Tensor;
  readonly modalities: readonly ModalityTokens[];
};

/**
 * The part of a set in modality k: 1 for chosen tokens, 0 for those that fill up, float32 (N, R_k).
 */
export type ModalityTokens = WeightedTokens & {
  /** Positions among the tokens of the modality, int32 (N, R_k). */
  readonly keep: Tensor;
};

/**
 * Writes a set of tokens down, in natural order. Where a sample chooses fewer tokens than there are
 * rows, others fill up with weight 0; where one chooses more, every token of every sample gets a
 * row.
 *
 * @param chosen 1 for chosen tokens (N, L_k), of every modality.
 * @param rows R_k of every modality.
 */
export function tokenSet(
  chosen: readonly NdArray<"float32">[],
  rows: readonly number[],
): HostTree<TokenSet> {
  const samples = chosen[0]!.shape[0]!;
  const modalities = chosen.map((part, k) => chosenRows(part, rows[k]!));
  const width = modalities.reduce((sum, { keep }) => sum + keep.shape[1]!, 0);
  const length = chosen.reduce((sum, { shape }) => sum + shape[1]!, 1);
  const keep = int32([samples, width]);
  const restore = int32([samples, length]);
  restore.data.fill(width);
  let [place, offset] = [0, 1];
  modalities.forEach((part, k) => {
    const own = part.keep.shape[1]!;
    for (let n = 0; n < samples; n++) {
      for (let i = 0; i < own; i++) {
        const position = offset + part.keep.data[n * own + i]!;
        keep.data[n * width + place + i] = position;
        restore.data[n * length + position] = place + i;
      }
    }
    place += own;
    offset += chosen[k]!.shape[1]!;
  });
  return { keep, restore, modalities };
}

/**
 * Takes the tokens of a set out of the whole sequence.
 *
 * @param x (N, 1 + L, D).
 * @returns (N, R, D), differentiable to any order.
 */
export function takeTokens(x: Tensor, { keep, restore }: TokenSet): Tensor {
  return keepTokens(x, { keep, restore });
}

/**
 * Takes what stands for the tokens of a set in one modality, without a gradient.
 *
 * @param x (N, L_k, P) or (N, L_k).
 * @returns (N, R_k, P) or (N, R_k).
 */
export function takeTargets(x: Tensor, { modalities }: TokenSet, modality: number): Tensor {
  return gatherRows(x, modalities[modality]!.keep);
}

function chosenRows(
  { shape, data }: NdArray<"float32">,
  rows: number,
): { weights: NdArray<"float32">; keep: NdArray<"int32"> } {
  const [samples, length] = shape as [number, number];
  const counts = Array.from(
    { length: samples },
    (_, n) => data.subarray(n * length, (n + 1) * length).reduce((sum, value) => sum + value, 0),
  );
  const width = Math.max(...counts) > rows ? length : rows;
  const weights = float32([samples, width]);
  const keep = int32([samples, width]);
  for (let n = 0; n < samples; n++) {
    let others = width - counts[n]!;
    let place = n * width;
    for (let i = 0; i < length; i++) {
      const value = data[n * length + i]!;
      if (value === 0 && others-- <= 0) continue;
      weights.data[place] = value;
      keep.data[place++] = i;
    }
  }
  return { weights, keep };
}
