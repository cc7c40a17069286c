/**
 * Data sets of tables: rows of comma-separated numbers, one of which is the class.
 *
 * @module
 */

import type { SplitName } from "../../documents/mod.ts";
import type { FloatRows } from "../../formats/table/mod.ts";
import { readLineBlocks } from "../../formats/text/mod.ts";
import { type FoundRaw, rawContents } from "../../raw/mod.ts";
import { appendJobs, listParts } from "../../store/mod.ts";
import { unreadable } from "../../util/mod.ts";
import type { Conversion, Dataset, DatasetFacts, Variant } from "../conversion/dataset.ts";
import { createJobPool } from "../conversion/jobs.ts";

/** What the columns of a table are. */
interface TableColumns {
  /** Number of columns. */
  readonly columns: number;
  /** Column of the class, from 0. */
  readonly label: number;
  /** Columns of the features, in the order in which the model gets them. */
  readonly features: readonly number[];
}

/** What a data set makes of the rows that are there. */
export interface TablePlan {
  /** Rows of every split, in reference order. */
  readonly parts: Partial<Readonly<Record<SplitName, Uint32Array>>>;
  /** Remarks for the store. */
  readonly notes: readonly string[];
}

/** A data set of one table without a header: a record and a plan. */
export interface TableDataset<V extends Variant> extends DatasetFacts<V>, TableColumns {
  readonly officialRows: number;
  /** Decides splits. */
  plan(rows: number, run: Conversion<V>): TablePlan;
}

/** Makes a data set of a table. */
export function tableDataset<V extends Variant>(
  { columns, label, features, officialRows, plan, ...facts }: TableDataset<V>,
): Dataset<V> {
  return {
    ...facts,
    async convert(run) {
      const found = await run.find(facts.files[0]!);
      run.declare([{ dtype: "float32" }]);
      const total = await run.check(found) ? officialRows : undefined;
      const rows = await appendRows(found, { columns, label, features }, total, run);
      const text = `The file holds ${rows} rows, the official one ${officialRows}`;
      run.expect(rows, officialRows, text);
      const { parts, notes } = plan(rows, run);
      listParts(parts, run, run.writer);
      for (const note of notes) run.writer.note(note);
    },
  };
}

/** Appends all rows in file order; gives their number. */
async function appendRows(
  found: FoundRaw,
  table: TableColumns,
  total: number | undefined,
  { variant, writer, workers, warn, progress }: Conversion,
): Promise<number> {
  const { name, chunks } = await rawContents(found);
  const blocks = readLineBlocks(chunks, {
    name,
    onOpenEnd: () => warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  const classes = variant.shape!.task!.classes;
  let rows = 0;
  using pool = createJobPool("numbers", workers);
  const stored = appendJobs(blocks, {
    writer,
    depth: 2 * pool.size,
    key: ({ firstLine, lines }) => `line ${firstLine + lines - 1}`,
    read: (block) => block,
    run: (block) => pool.run({ name, columns: table.columns, ...block }),
    append: (numbers) => {
      const { features, labels } = splitNumbers(numbers, table, classes, name);
      return writer.appendRows(labels.length, [features], labels);
    },
  });
  for await (const block of stored) {
    rows += block.rows;
    progress(rows, total, "rows");
  }
  return rows;
}

/**
 * Takes labels and features out of rows: doubles are rounded to float32, as the references do.
 *
 * @throws {DataError} If a label is no class, or a feature is NaN.
 */
function splitNumbers(
  { rows, values, firstLine }: FloatRows,
  { columns, label: labelColumn, features: sources }: TableColumns,
  classes: number,
  name: string,
) {
  const features = new Float32Array(rows * sources.length);
  const labels = new Int32Array(rows);
  const fail = (row: number, column: number, wanted: string) =>
    unreadable(
      name,
      `line ${firstLine + row} has ${values[row * columns + column]} in ` +
        `column ${column + 1}, ${wanted} is wanted`,
    );
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const label = values[start + labelColumn]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw fail(row, labelColumn, classes === 2 ? "0 or 1" : `a class in 0..${classes - 1}`);
    }
    labels[row] = label;
    for (let feature = 0; feature < sources.length; feature++) {
      const value = values[start + sources[feature]!]!;
      if (value !== value) throw fail(row, sources[feature]!, "a finite number");
      features[row * sources.length + feature] = value;
    }
  }
  return { features, labels };
}
