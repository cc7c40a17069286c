/**
 * Windows over the rows of a table: which ones there are, and which train and test.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { chooseSplits, type SplitChoice, type SplitChoiceOptions } from "./choose_splits.ts";
import type { TableScan } from "./table_scan.ts";

/** Length and distance of windows. */
export interface WindowOptions extends SplitChoiceOptions {
  readonly window: number;
  readonly stride: number;
}

/**
 * Cuts a table into windows of consecutive rows of one file, group, split and label.
 *
 * Windows that the data do not assign to a split are split by whole groups if there are any; else in
 * time: the last rows of every run are for testing, and no window lies on both sides. Where runs are
 * too short for that, whole runs are for testing, or single windows if these do not overlap.
 *
 * @throws {DataError} If no run of rows is long enough.
 */
export function chooseWindows(id: string, scan: TableScan, options: WindowOptions): SplitChoice {
  const { window, stride, testFraction } = options;
  const isNamed = Array.from({ length: scan.rows }, (_, row) => scan.split(row))
    .some((split) => split === "test");
  const all = [...runs(scan)];
  const cutOf = ([first, end]: Run) => first + Math.floor((end - first) * (1 - testFraction));
  const isOpen = (run: Run) => (scan.split(run[0]) ?? "train") === "train";
  const inTime = !isNamed && scan.group === undefined &&
    all.some((run) => isOpen(run) && run[1] - cutOf(run) >= window);

  const starts: number[] = [];
  const lastRows: boolean[] = [];
  const runOf: number[] = [];
  for (const [number, run] of all.entries()) {
    const [first, end] = run;
    const cut = inTime && isOpen(run) ? cutOf(run) : end;
    for (const [from, to] of [[first, cut], [cut, end]] as const) {
      for (let start = from; start + window <= to; start += stride) {
        starts.push(start);
        lastRows.push(from === cut);
        runOf.push(number);
      }
    }
  }
  if (starts.length === 0) {
    throw new DataError(
      `Cannot tokenize "${id}": no file, group or label has ${window} consecutive rows`,
    );
  }
  // Windows that overlap must not lie on both sides of a split, so that runs stay whole.
  const group = scan.group !== undefined
    ? (i: number) => scan.group!(starts[i]!)
    : stride < window
    ? (i: number) => runOf[i]!
    : undefined;
  const choice = chooseSplits({
    id,
    samples: starts.length,
    named: (sample) => lastRows[sample] ? "test" : scan.split(starts[sample]!),
    ...(group === undefined ? {} : { group: (i) => String(group(i)) }),
  }, options);
  return {
    parts: Object.fromEntries(
      Object.entries(choice.parts).map(([name, part]) => [name, part.map((i) => starts[i]!)]),
    ),
    note: inTime
      ? "Split in time: the last rows of every run of one label are for testing"
      : choice.note,
  };
}

type Run = readonly [first: number, end: number];

/** Runs of consecutive rows of one file, group, split and label: first row, and the one behind. */
function* runs(scan: TableScan): Generator<Run> {
  const key = (row: number) =>
    [scan.file(row), scan.group?.(row), scan.split(row), scan.label(row)].join();
  let first = 0;
  for (let row = 1; row <= scan.rows; row++) {
    if (row < scan.rows && key(row) === key(first)) continue;
    yield [first, row];
    first = row;
  }
}
