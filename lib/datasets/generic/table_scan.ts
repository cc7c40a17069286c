/**
 * The first pass over a table: everything that must be known before its rows are stored.
 *
 * @module
 */

import type { TaskSpec } from "../../spec/mod.ts";
import type { SplitName } from "../../store/mod.ts";
import { DataError } from "../../util/mod.ts";
import { mostClasses, numberClasses, tooManyClasses } from "./classes.ts";
import type { TableRow } from "./csv_table.ts";
import { createLabelColumn, type LabelColumn } from "./label_column.ts";
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
  const labels = createLabelColumn();
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
  if (splits.length === 0) throw new DataError(`Cannot tokenize "${id}": it has no rows`);
  return {
    rows: splits.length,
    features,
    ...taskOf(id, labels, kind),
    split: (row) => (splits.names[splits.idOf(row)] || undefined) as SplitName | undefined,
    group: groups.length === 0 ? undefined : groups.idOf,
    file: files.idOf,
  };
}

function taskOf(
  id: string,
  labels: LabelColumn,
  kind: "classes" | "regression" | undefined,
): Pick<TableScan, "task" | "label"> {
  if (labels.length === 0) return { task: undefined, label: () => undefined };
  const { names, wrong } = labels;
  const areClasses = wrong !== undefined || names !== undefined &&
      names.length <= mostIntegerClasses && names.every((name) => Number.isInteger(Number(name)));
  if ((kind ?? (areClasses ? "classes" : "regression")) === "regression") {
    if (wrong === undefined) {
      return {
        task: { kind: "regression", classes: 1, metric: "spearman" },
        label: labels.numberOf,
      };
    }
    throw new DataError(
      `Cannot tokenize "${id}": the label ${
        JSON.stringify(wrong)
      } is no number, as regression wants`,
    );
  }
  if (names === undefined) throw tooManyClasses(id, `more than ${mostClasses}`);
  const classes = numberClasses(id, names);
  const classOfName = names.map((name) => classes?.classOf(name));
  return { task: classes?.task, label: (row) => classOfName[labels.idOf(row)] };
}
