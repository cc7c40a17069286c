/**
 * Reads the tables of the genomics data sets: one read of 250 bases a line, with its genus.
 *
 * @module
 */

import type { Chunks } from "../../formats/bytes/mod.ts";
import { type LineBlock, readLineBlocks } from "../../formats/text/mod.ts";
import { tfdsRecordBytes } from "../../reference/mod.ts";
import { DataError } from "../../util/mod.ts";

/** Bases of a read. */
export const readLength = 250;

/** Ids of the bases A, C, G, T; 255 for other bytes. */
const baseIds = new Uint8Array(256).fill(255);
for (const [id, base] of [..."ACGT"].entries()) baseIds[base.charCodeAt(0)] = id;

const [tab, lineFeed, carriageReturn] = [9, 10, 13] as const;
const columnNames = ["seq", "label", "seq_info", "domain"] as const;

/** One read. */
export interface GenomicRead {
  /** A 0, C 1, G 2, T 3. */
  readonly bases: Uint8Array<ArrayBuffer>;
  /** Class of the genus. */
  readonly label: number;
  /** Bytes of its record in TensorFlow Datasets. */
  readonly recordBytes: number;
}

/** What a table holds. */
export interface ReadTableOptions {
  /** Name for messages. */
  readonly name: string;
  /** Genera in the order of the classes. */
  readonly genera: readonly string[];
  /** Label id of the first genus, for tables that hold ids instead of names. */
  readonly firstId: number;
  readonly warn: (message: string) => void;
}

/**
 * Streams the reads of a table, which are separated by tabs under a line of column names.
 *
 * @throws {DataError} If a column is missing, a read has not 250 bases of A, C, G, T, or its genus is
 * not one of the table's; the message has the line.
 */
export async function* readGenomicTable(
  chunks: Chunks,
  options: ReadTableOptions,
): AsyncGenerator<GenomicRead> {
  const { name, genera, firstId, warn } = options;
  const blocks = readLineBlocks(chunks, {
    name,
    onOpenEnd: () => warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  const labels = new Map(genera.flatMap((genus, i) => [[genus, i], [String(firstId + i), i]]));
  let columns: Columns | undefined;
  for await (const block of blocks) {
    for (const fields of splitRows(block)) {
      if (columns === undefined) columns = findColumns(fields, name);
      else yield parseRead(fields, columns, { name, labels });
    }
  }
  if (columns === undefined) throw new DataError(`Cannot read "${name}": it is empty`);
}

/** Fields of one line. */
interface Row {
  readonly line: number;
  readonly bytes: Uint8Array;
  /** Start of every field; the last entry is one behind the end of the line. */
  readonly starts: readonly number[];
}

type Columns = Readonly<Record<typeof columnNames[number], number>> & { readonly count: number };

/** The lines of a block that are not empty, cut at the tabs. */
function* splitRows({ bytes, firstLine }: LineBlock): Generator<Row> {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const lineEnd = bytes.indexOf(lineFeed, start);
    const end = bytes[lineEnd - 1] === carriageReturn && lineEnd > start ? lineEnd - 1 : lineEnd;
    if (end > start) {
      const starts = [start];
      let at = bytes.indexOf(tab, start);
      for (; at >= 0 && at < end; at = bytes.indexOf(tab, at + 1)) starts.push(at + 1);
      starts.push(end + 1);
      yield { line, bytes, starts };
    }
    start = lineEnd + 1;
  }
}

function textOf({ bytes, starts }: Row, column: number): string {
  return new TextDecoder().decode(bytes.subarray(starts[column]!, starts[column + 1]! - 1));
}

function findColumns(row: Row, name: string): Columns {
  const count = row.starts.length - 1;
  const found = Array.from({ length: count }, (_, column) => textOf(row, column));
  const missing = columnNames.filter((column) => !found.includes(column));
  if (missing.length === 0) {
    const [seq, label, info, domain] = columnNames.map((column) => found.indexOf(column));
    return { seq: seq!, label: label!, seq_info: info!, domain: domain!, count };
  }
  throw new DataError(
    `Cannot read "${name}": its first line names no column ` +
      missing.map((column) => `"${column}"`).join(", "),
  );
}

function parseRead(
  row: Row,
  columns: Columns,
  { name, labels }: { readonly name: string; readonly labels: ReadonlyMap<string, number> },
): GenomicRead {
  const fail = (what: string) => new DataError(`Cannot read "${name}": line ${row.line} ${what}`);
  const count = row.starts.length - 1;
  if (count !== columns.count) throw fail(`has ${count} columns, ${columns.count} are wanted`);
  const width = (column: number) => row.starts[column + 1]! - 1 - row.starts[column]!;

  const start = row.starts[columns.seq]!;
  if (width(columns.seq) !== readLength) {
    throw fail(`has a read of ${width(columns.seq)} bases, ${readLength} are wanted`);
  }
  const bases = new Uint8Array(readLength);
  for (let i = 0; i < readLength; i++) {
    const id = baseIds[row.bytes[start + i]!]!;
    if (id === 255) {
      const letter = String.fromCharCode(row.bytes[start + i]!);
      throw fail(`has ${JSON.stringify(letter)} as base ${i + 1}, A, C, G or T is wanted`);
    }
    bases[i] = id;
  }
  const genus = textOf(row, columns.label);
  const label = labels.get(genus);
  if (label === undefined) {
    throw fail(`has the label ${JSON.stringify(genus)}, which is no genus of this table`);
  }
  const recordBytes = tfdsRecordBytes({
    seq: { textBytes: readLength },
    seq_info: { textBytes: width(columns.seq_info) },
    domain: { textBytes: width(columns.domain) },
    label: "small integer",
  });
  return { bases, label, recordBytes };
}
