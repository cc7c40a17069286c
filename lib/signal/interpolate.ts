/**
 * Fills missing values of a table column by column, as pandas `DataFrame.interpolate()` does.
 *
 * @module
 */

import type { FloatRows } from "../formats/table/mod.ts";

/**
 * Interpolates linearly by row number over the whole table, in forward direction: inner gaps are
 * filled, trailing gaps repeat the last value, leading gaps stay missing (NaN).
 *
 * Only rows whose gaps are still open are held back, so memory follows the longest gap. The
 * arithmetic is NumPy's `interp`: slope * (x - x0) + y0 in doubles.
 *
 * @param table Rows of a table of `columns` columns; the values are overwritten.
 * @returns Single rows, in order, each valid until the next is asked for.
 */
export async function* interpolateRows(
  table: AsyncIterable<FloatRows>,
  columns: number,
): AsyncGenerator<Float64Array<ArrayBuffer>> {
  /** Rows held back, from row number `firstRow` on. */
  let waiting: Float64Array<ArrayBuffer>[] = [];
  let firstRow = 0;
  let row = 0;
  const lastRow = new Float64Array(columns).fill(-1);
  const lastValue = new Float64Array(columns);

  const fill = (column: number, value: number) => {
    const before = lastRow[column]!;
    if (before >= 0 && row - before > 1) {
      const slope = (value - lastValue[column]!) / (row - before);
      for (let gap = before + 1; gap < row; gap++) {
        waiting[gap - firstRow]![column] = slope * (gap - before) + lastValue[column]!;
      }
    }
    lastRow[column] = row;
    lastValue[column] = value;
  };
  /** The first row that may still change: the one behind the oldest last value. */
  const firstOpen = () => {
    let open = row;
    for (let column = 0; column < columns; column++) {
      const last = lastRow[column]!;
      if (last >= 0 && last + 1 < open) open = last + 1;
    }
    return open;
  };

  for await (const { rows, values } of table) {
    for (let i = 0; i < rows; i++) {
      const current = values.subarray(i * columns, (i + 1) * columns);
      waiting.push(current);
      for (let column = 0; column < columns; column++) {
        const value = current[column]!;
        if (!Number.isNaN(value)) fill(column, value);
      }
      row++;
    }
    const done = firstOpen() - firstRow;
    for (let i = 0; i < done; i++) yield waiting[i]!;
    waiting = waiting.slice(done);
    firstRow += done;
  }
  for (const [i, held] of waiting.entries()) {
    for (let column = 0; column < columns; column++) {
      const last = lastRow[column]!;
      if (last >= 0 && firstRow + i > last) held[column] = lastValue[column]!;
    }
    yield held;
  }
}
