/**
 * Sets of tokens whose predictions a loss needs, as a fixed number of rows, so that one compiled
 * program serves every batch and the decoder's last block makes no others.
 *
 * @module
 */

import { keepTokens } from "../engine/ops/mod.ts";
import { type Tensor, type TensorTree, tf } from "../engine/tf.ts";
import { float32, int32, type NdArray } from "../util/ndarray.ts";
import type { HostDraws } from "./draws.ts";
import { parameter } from "./linear.ts";

/**
 * Writes a set of tokens down, in natural order. Where fewer tokens are chosen than there are rows, others
 * fill up with weight 0; where more are chosen, every token gets a row.
 *
 * | entry | |
 * |---|---|
 * | `<set>.k` | 1 for chosen tokens, 0 for those that fill up, float32 (R_k) |
 * | `<set>.k.rows` | where they stand among the tokens of modality k, int32 (R_k), values below N L_k |
 * | `<set>.keep` | where they stand among all tokens, int32 (1, R), values below N (1 + L) |
 * | `<set>.restore` | for all tokens their place in the set, int32 (1, N (1 + L)); R for others |
 *
 * R is the sum over modalities, L their length together; every sample starts with CLS.
 *
 * @param chosen 1 for chosen tokens (N, L_k), of every modality.
 * @param rows R_k of every modality.
 */
export function tokenSet(
  set: string,
  chosen: readonly NdArray<"float32">[],
  rows: readonly number[],
): HostDraws {
  const samples = chosen[0]!.shape[0]!;
  const lengths = chosen.map(({ shape }) => shape[1]!);
  const joint = 1 + lengths.reduce((sum, length) => sum + length, 0);
  const entries: Record<string, HostDraws[string]> = {};
  const keep: number[] = [];
  let offset = 1;
  chosen.forEach(({ data }, k) => {
    const length = lengths[k]!;
    const own = takenRows(data, rows[k]!);
    entries[`${set}.${k}`] = float32([own.length], own.map((row) => data[row]!));
    entries[`${set}.${k}.rows`] = int32([own.length], own);
    for (const row of own) {
      keep.push(Math.floor(row / length) * joint + offset + row % length);
    }
    offset += length;
  });
  const restore = int32([1, samples * joint]);
  restore.data.fill(keep.length);
  keep.forEach((token, place) => restore.data[token] = place);
  return {
    ...entries,
    [`${set}.keep`]: int32([1, keep.length], keep),
    [`${set}.restore`]: restore,
  };
}

/**
 * Takes the tokens of a set out of all.
 *
 * @param x (N, 1 + L, D).
 * @returns (R, D), differentiable to any order.
 */
export function takeTokens(x: Tensor, draws: TensorTree, set: string): Tensor {
  const width = x.shape.at(-1)!;
  const rows = keepTokens(tf.reshape(x, [1, -1, width]), {
    keep: parameter(draws, `${set}.keep`),
    restore: parameter(draws, `${set}.restore`),
  });
  return tf.reshape(rows, [-1, width]);
}

/**
 * Takes what stands for the tokens of a set in one modality, without a gradient.
 *
 * @param x (N, L_k, ...).
 * @returns (R_k, ...).
 */
export function takeRows(x: Tensor, draws: TensorTree, set: string, modality: number): Tensor {
  const [samples, length, ...rest] = x.shape as [number, number, ...number[]];
  const rows = parameter(draws, `${set}.${modality}.rows`);
  return tf.gather(tf.reshape(x, [samples * length, ...rest]), rows as tf.Tensor1D);
}

function takenRows(chosen: Float32Array, rows: number): number[] {
  const count = chosen.reduce((sum, value) => sum + value, 0);
  let others = (count > rows ? chosen.length : rows) - count;
  const taken: number[] = [];
  chosen.forEach((value, row) => {
    if (value === 1 || others-- > 0) taken.push(row);
  });
  return taken;
}
