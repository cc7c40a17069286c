/**
 * The first pass over a table: everything that must be known before its rows are stored.
 *
 * @module
 */

import type { SplitName } from "../../data/store_format.ts";
import type { TaskSpec } from "../../spec/task.ts";
import { DataError } from "../../util/errors.ts";
import { numberClasses } from "./classes.ts";
import type { TableRow } from "./csv_table.ts";
import { createTexts } from "./texts.ts";

/** What the rows of a table say, one entry a row. */
export interface TableScan {
  readonly rows: number;
  readonly features: number;
  readonly task: TaskSpec | undefined;
  /** Label of a row; undefined without a task. */
  label(row: number): number | undefined;
  split(row: number): SplitName | undefined;
  /** Number of the group of a row; undefined if the table names none. */
  readonly group: ((row: number) => number) | undefined;
  /** Number of the file of a row. */
  file(row: number): number;
}

/** Most classes of integers; columns of more are quantities. */
const mostIntegerClasses = 1_000;

/**
 * Reads all rows once.
 *
 * @param kind What the labels are; without it, numbers that are not whole are quantities.
 * @throws {DataError} If there are no rows, or a label is missing or no number where one is wanted.
 */
export async function scanTable(
  id: string,
  rows: AsyncIterable<TableRow>,
  kind: "classes" | "regression" | undefined,
): Promise<TableScan> {
  const labels = createTexts();
  const groups = createTexts();
  const splits = createTexts();
  const files = createTexts();
  let features = 0;
  for await (const { values, label, group, split, file, line } of rows) {
    features = values.length;
    if (label === "") {
      throw new DataError(`Cannot read "${file.name}": line ${line} has no label`);
    }
    if (label !== undefined) labels.add(label);
    if (group !== undefined) groups.add(group);
    splits.add(split ?? "");
    files.add(file.name);
  }
  if (splits.ids.length === 0) throw new DataError(`Cannot tokenize "${id}": it has no rows`);
  const names = [...labels.names];
  const splitNames = [...splits.names];
  const { task, label } = taskOf(id, names, kind);
  return {
    rows: splits.ids.length,
    features,
    task,
    label: (row) => task === undefined ? undefined : label(names[labels.ids[row]!]!),
    split: (row) => (splitNames[splits.ids[row]!] || undefined) as SplitName | undefined,
    group: groups.ids.length === 0 ? undefined : (row) => groups.ids[row]!,
    file: (row) => files.ids[row]!,
  };
}

function taskOf(
  id: string,
  names: readonly string[],
  kind: "classes" | "regression" | undefined,
): { readonly task: TaskSpec | undefined; readonly label: (name: string) => number } {
  const areNumbers = names.every((name) => Number.isFinite(Number(name)));
  const areClasses = !areNumbers || names.length <= mostIntegerClasses &&
      names.every((name) => Number.isInteger(Number(name)));
  if (names.length > 0 && (kind ?? (areClasses ? "classes" : "regression")) === "regression") {
    const wrong = names.find((name) => !Number.isFinite(Number(name)));
    if (wrong === undefined) {
      return { task: { kind: "regression", classes: 1, metric: "spearman" }, label: Number };
    }
    throw new DataError(
      `Cannot tokenize "${id}": the label ${
        JSON.stringify(wrong)
      } is no number, as regression wants`,
    );
  }
  const classes = numberClasses(id, names);
  return { task: classes?.task, label: (name) => classes!.classOf(name) };
}
