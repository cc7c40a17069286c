/**
 * The published numbers: one data file, and lookups in it.
 *
 * `published_numbers.json` keeps the form of the published tables: per row the numbers, how they are
 * printed (with the tables' own marks) and which are printed bold. The numbers are transcribed from
 * the presentation of MetaMAE and the README of DABS; the sources stand in the file.
 *
 * @module
 */

import data from "./published_numbers.json" with { type: "json" };

/** Unit of a number in a table: accuracies, F1 and AUROC in percent, correlations as they are. */
export type Unit = "percent" | "coefficient";

/** One cell of a published table. */
export interface PublishedNumber {
  /** Table id, such as `in-domain`. */
  readonly table: string;
  /** Row label as printed. */
  readonly row: string;
  /** Column label as printed. */
  readonly column: string;
  /** Registry id of the data set that was pretrained on. */
  readonly pretrain: string;
  /** Registry id of the data set that was evaluated. */
  readonly eval: string;
  /** Method id; the tables' MAE row is `dabs-mae`, their baseline `scratch`. */
  readonly method: string;
  /** Depth of the decoder, in the table that varies it. */
  readonly decoderLayers?: number;
  readonly metric: string;
  /** The number, or null where the table prints a dash. */
  readonly value: number | null;
  readonly unit: Unit;
  /** The cell as printed, with its mark. */
  readonly printed: string;
  /** What the mark means, where the cell has one. */
  readonly mark?: string;
  readonly bold: boolean;
  readonly source: string;
  /** Whether a later state of the source replaced the number. */
  readonly superseded: boolean;
  readonly note?: string;
}

/** Column of a published table. */
export interface PublishedColumn {
  readonly method: string;
  readonly decoderLayers?: number;
  readonly title: string;
}

/** How our numbers for a row of a published table are made. */
export interface RowProtocol {
  /** Variant of the evaluated data set that the published numbers belong to. */
  readonly variant: string;
  /** Data sets of which the row is the mean; none if the row is a data set itself. */
  readonly members: readonly string[];
  /** What stands below the row because the published protocol leaks or counts padding. */
  readonly beside: readonly BesideRow[];
}

/** A row of our own below a published one: another variant, or another metric. */
export interface BesideRow {
  readonly title: string;
  readonly variant?: string;
  readonly metric?: string;
}

/** A published table: its rows hold one number a column. */
export interface PublishedTable {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly PublishedColumn[];
  readonly rows: readonly (readonly PublishedNumber[])[];
  /** One a row. */
  readonly protocols: readonly RowProtocol[];
}

/** Which published number is wanted. */
export interface PublishedQuery {
  readonly table: string;
  readonly pretrain: string;
  readonly eval: string;
  readonly method: string;
  /** Needed in the table that varies the decoder, ignored in the others. */
  readonly decoderLayers?: number | undefined;
}

/** The published tables, in the order of the report. */
export const publishedTables: readonly PublishedTable[] = data.tables.map((table) => ({
  id: table.id,
  title: table.title,
  caption: table.caption,
  columns: table.columns,
  rows: table.rows.map((row) =>
    table.columns.map((column, i) => publishedNumber(table.id, row, column, i))
  ),
  protocols: table.rows.map((row) => ({
    variant: row.variant,
    members: "members" in row ? row.members : [],
    beside: "beside" in row ? row.beside : [],
  })),
}));

/** Every published number, table by table and row by row. */
export const publishedNumbers: readonly PublishedNumber[] = publishedTables.flatMap((table) =>
  table.rows.flat()
);

/**
 * Finds a published number that is not superseded.
 *
 * @returns The number (its value is null where the table prints a dash), or undefined where the table
 * has no such cell.
 *
 * @example
 * ```ts
 * import { findPublished } from "./published.ts";
 * const query = { table: "in-domain", pretrain: "pamap2", eval: "pamap2", method: "metamae" };
 * console.assert(findPublished(query)?.value === 89.3);
 * ```
 */

export function findPublished(query: PublishedQuery): PublishedNumber | undefined {
  return publishedNumbers.find((number) =>
    !number.superseded && number.table === query.table && number.pretrain === query.pretrain &&
    number.eval === query.eval && number.method === query.method &&
    (number.decoderLayers === undefined || number.decoderLayers === query.decoderLayers)
  );
}

type Row = (typeof data.tables)[number]["rows"][number];

function publishedNumber(
  table: string,
  row: Row,
  column: PublishedColumn,
  index: number,
): PublishedNumber {
  const printed = row.printed[index]!;
  const mark = lookUpText(data.marks, printed.slice(-1));
  const note = "note" in row ? lookUpText(data.notes, row.note) : undefined;
  return {
    table,
    row: row.title,
    column: column.title,
    pretrain: row.pretrain,
    eval: row.eval,
    method: column.method,
    ...(column.decoderLayers === undefined ? {} : { decoderLayers: column.decoderLayers }),
    metric: row.metric,
    value: row.values[index]!,
    unit: row.unit === "percent" ? "percent" : "coefficient",
    printed,
    ...(mark === undefined ? {} : { mark }),
    bold: row.bold[index]!,
    source: lookUpText(data.sources, row.source)!,
    superseded: row.source === "dabs-2021",
    ...(note === undefined ? {} : { note }),
  };
}

function lookUpText(texts: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
