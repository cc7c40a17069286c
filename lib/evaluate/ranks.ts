/**
 * Ranks of values with ties, which may each count several times.
 *
 * @module
 */

import { NumericError } from "../util/mod.ts";

/** Ascending order of values, and where each group of equal values ends in it. */
export interface Ties {
  readonly order: Uint32Array<ArrayBuffer>;
  readonly ends: readonly number[];
}

/**
 * Sorts values and finds their ties.
 *
 * @throws {NumericError} If a value is NaN.
 */
export function ties(values: ArrayLike<number>): Ties {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) {
      throw new NumericError(`Cannot rank the values: value ${i} is NaN, numbers are wanted`);
    }
  }
  const order = Uint32Array.from({ length: values.length }, (_, i) => i)
    .sort((i, j) => values[i]! < values[j]! ? -1 : values[i]! > values[j]! ? 1 : i - j);
  const ends: number[] = [];
  for (let k = 1; k <= order.length; k++) {
    if (k === order.length || values[order[k]!] !== values[order[k - 1]!]) ends.push(k);
  }
  return { order, ends };
}

/** Ranks from 1, equal values sharing the mean of theirs, each sample standing for `counts` copies. */
export function averageRanks({ order, ends }: Ties, counts?: ArrayLike<number>): Float64Array {
  const ranks = new Float64Array(order.length);
  let below = 0;
  let start = 0;
  for (const end of ends) {
    let size = 0;
    for (let k = start; k < end; k++) size += counts?.[order[k]!] ?? 1;
    for (let k = start; k < end; k++) ranks[order[k]!] = below + (size + 1) / 2;
    below += size;
    start = end;
  }
  return ranks;
}
