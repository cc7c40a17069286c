/**
 * The published numbers: one data file, and lookups in it.
 *
 * `published_numbers.json` keeps the form of the published tables: per row the numbers, how they
 * are printed (with the tables' own marks) and which are printed bold. The numbers are transcribed
 * from the presentation of MetaMAE and the README of DABS; the sources stand in the file. It also
 * says how data sets and methods are shown, so that no code names one.
 *
 * @module
 */

import { type ImageLook, imageLook } from "../spec/mod.ts";
import data from "./published_numbers.json" with { type: "json" };
import type { Table } from "./table.ts";

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
  /** Metric that the table reports. */
  readonly metric: string;
  /** The number, or null where the table prints a dash. */
  readonly value: number | null;
  /** Unit of the number. */
  readonly unit: Unit;
  /** The cell as printed, with its mark. */
  readonly printed: string;
  /** What the mark means, where the cell has one. */
  readonly mark?: string;
  /** Whether it is printed in bold type. */
  readonly bold: boolean;
  /** Publication or repository that prints the number. */
  readonly source: string;
  /** Whether a later state of the source replaced the number. */
  readonly superseded: boolean;
  /** A remark on the number, such as an error in the source. */
  readonly note?: string;
}

/** Column of a published table. */
export interface PublishedColumn {
  /** Method id of the column. */
  readonly method: string;
  /** Depth of the decoder, in the table that varies it. */
  readonly decoderLayers?: number;
  /** Heading of the column. */
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
  /** Label of the row. */
  readonly title: string;
  /** Variant of the evaluated data set; that of the published row by default. */
  readonly variant?: string;
  /** Metric of the row; that of the published row by default. */
  readonly metric?: string;
}

/** A published table: its rows hold one number a column. */
export interface PublishedTable extends Pick<Table, "id" | "title" | "caption"> {
  /** One a method, or one a depth of the decoder. */
  readonly columns: readonly PublishedColumn[];
  /** Outer list by row, inner list by column. */
  readonly rows: readonly (readonly PublishedNumber[])[];
  /** One a row. */
  readonly protocols: readonly RowProtocol[];
  /** Method of which the table varies the decoder, one depth a column. */
  readonly varied?: string;
}

/** Which published number is wanted. */
export interface PublishedQuery {
  /** Table id, such as `in-domain`. */
  readonly table: string;
  /** Registry id of the data set that was pretrained on. */
  readonly pretrain: string;
  /** Registry id of the data set that was evaluated. */
  readonly eval: string;
  /** Method id. */
  readonly method: string;
  /** Needed in the table that varies the decoder, ignored in the others. */
  readonly decoderLayers?: number | undefined;
}

/** How a data set is shown. */
export interface ShownDataset {
  readonly title: string;
  /** How its images are drawn, where their channels do not say it. */
  readonly look?: ImageLook;
}

/** How data sets are shown that have short names or looks in the published form, by id. */
export const shownDatasets: ReadonlyMap<string, ShownDataset> = new Map(
  Object.entries(data.datasets).map(([id, shown]) => [
    id,
    "look" in shown ? { ...shown, look: imageLook.parse(shown.look) } : shown,
  ]),
);

/** The methods of the published tables, in the order of their columns. */
export const publishedMethodOrder: readonly string[] = data.methods;

/**
 * The backbone on which all methods are compared beside the published form, and how that is said.
 */
export const likeForLike: {
  readonly backbone: string;
  /** Ids of the published tables that have a like. */
  readonly tables: readonly string[];
  readonly title: string;
  readonly caption: string;
} = data.likeForLike;

/** Backbone of published numbers, for methods that do not say which is theirs. */
export const usualBackbone: string = data.backbone;

/** The published tables, in the order of the report. */
export const publishedTables: readonly PublishedTable[] = data.tables.map((table) => {
  const depths = Map.groupBy(
    table.columns.filter((column) => "decoderLayers" in column),
    ({ method }) => method,
  );
  const varied = [...depths].find(([, columns]) => columns.length > 1)?.[0];
  return {
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
    ...(varied === undefined ? {} : { varied }),
  };
});

/** Every published number, table by table and row by row. */
export const publishedNumbers: readonly PublishedNumber[] = publishedTables.flatMap((table) =>
  table.rows.flat()
);

/**
 * Finds a published number that is not superseded.
 *
 * @returns The number (its value is null where the table prints a dash), or undefined where the
 * table has no such cell.
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

/** Probe that published numbers of a backbone come from; undefined where it is the linear one. */
export function publishedProbe(backbone: string): string | undefined {
  return lookUpText(data.probes, backbone);
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
    superseded: data.superseded.includes(row.source),
    ...(note === undefined ? {} : { note }),
  };
}

function lookUpText(texts: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
