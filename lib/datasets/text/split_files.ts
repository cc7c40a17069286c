/**
 * Finds the files of the splits among the raw files, as the official site has them (tab-separated) or
 * as the Hugging Face hub hands them out (Parquet), and reads their rows.
 *
 * @module
 */

import type { ArchiveEntry } from "../../formats/archive/mod.ts";
import { type Chunks, memorySource, openFileSource, readAll } from "../../formats/bytes/mod.ts";
import { readParquet, readSeparatedRows, type SeparatedRow } from "../../formats/table/mod.ts";
import { readTextLines } from "../../formats/text/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import type { SplitName } from "../../store/mod.ts";
import { DataError } from "../../util/mod.ts";
import type { TextRow, TextRowListener } from "./tokenize_text.ts";

/** Counter of rows that end before one of their columns. */
export const incompleteRows = "rows with missing columns, left out";
/** Counter of rows that have a text without a character. */
export const emptyRows = "rows with an empty text, left out";
/** Counter of rows whose label is not known. */
export const unlabelledRows = "rows without a label, left out";

/** Largest Parquet file that is read out of an archive: it needs random access. */
const longestPacked = 2 ** 28;

/** A split in its two forms. */
export interface SplitFiles {
  readonly split: SplitName;
  /** Path of the tab-separated file, or its end. */
  readonly separated: string;
  /** Start of the names of the Parquet files, such as `validation`. */
  readonly parquet: string;
  /** Folder of the Parquet files, where the folder that was found has one for every language. */
  readonly parquetFolder?: string;
}

/** Columns of the two forms. */
export interface SplitColumns {
  /**
   * Names in the first line, or positions in a table without names: the texts, then the label. Or
   * every line is a text.
   */
  readonly separated: readonly (string | number)[] | "lines";
  /** Names of the Parquet columns: the texts, then the label. */
  readonly parquet: readonly string[];
  /**
   * The label that a cell stands for: undefined if it is not known, no class if it is wrong. Without
   * this function there are no labels.
   *
   * @param cell Text of a cell, or a Parquet value.
   */
  readonly labelOf?: (cell: string | number) => number | undefined;
  /** Whether the reference leaves out samples with an empty text. */
  readonly dropEmpty: boolean;
}

/** Columns of tables. */
export interface TableColumns extends SplitColumns {
  readonly separated: readonly (string | number)[];
}

/** Rows of all splits in the order of the files. */
export async function* readSplitFiles(
  found: FoundRaw,
  splits: readonly SplitFiles[],
  columns: SplitColumns,
  listener: TextRowListener,
): AsyncGenerator<TextRow> {
  // A folder may hold both forms of a split: the one that comes first is read.
  const forms = new Map<SplitName, "separated" | "parquet">();
  for await (const entry of rawEntries(found)) {
    for (const { split, separated, parquet, parquetFolder = "" } of splits) {
      const form = `/${entry.name}`.endsWith(`/${separated}`)
        ? "separated"
        : isShard(entry.name, parquet, parquetFolder)
        ? "parquet"
        : undefined;
      if (form === undefined || (forms.get(split) ?? form) !== form) continue;
      forms.set(split, form);
      listener.open(split);
      if (listener.full(split)) continue;
      const read = form === "separated" ? readSeparated : readHub;
      yield* read({ found, entry, split, columns, listener });
    }
  }
}

/** Whether a name is like `validation-00000-of-00001.parquet`. */
function isShard(path: string, start: string, folder: string): boolean {
  const [parent = "", name = ""] = path.split("/").slice(-2);
  return (folder === "" || parent === folder) && name.startsWith(`${start}-`) &&
    /^\d+-of-\d+\.parquet$/.test(name.slice(start.length + 1));
}

interface SplitFile {
  readonly found: FoundRaw;
  readonly entry: ArchiveEntry;
  readonly split: SplitName;
  readonly columns: SplitColumns;
  readonly listener: TextRowListener;
}

async function* readSeparated(
  { found, entry, split, columns, listener }: SplitFile,
): AsyncGenerator<TextRow> {
  const name = entryPath(found, entry);
  const rows = columns.separated === "lines"
    ? readLines(entry.chunks(), name)
    : readSeparatedRows(entry.chunks(), { name, columns: columns.separated });
  for await (const { values, line } of rows) {
    if (listener.full(split)) return;
    const row = keepRow(values, columns, listener, `"${name}": line ${line}`);
    if (row !== undefined) yield { split, ...row };
  }
}

/** Lines as rows of one text; a blank line is an empty one. */
async function* readLines(chunks: Chunks, name: string): AsyncGenerator<SeparatedRow> {
  for await (const { text, number } of readTextLines(chunks, { name })) {
    yield { values: [text.trim() === "" ? "" : text], line: number };
  }
}

async function* readHub(
  { found, entry, split, columns, listener }: SplitFile,
): AsyncGenerator<TextRow> {
  const name = entryPath(found, entry);
  await using file = found.kind === "folder" ? await openFileSource(name) : undefined;
  const source = file ??
    memorySource(name, await readAll(entry.chunks(), { name, limit: longestPacked }));
  let number = 0;
  for await (const values of readParquet(source, { columns: columns.parquet })) {
    if (listener.full(split)) return;
    const cells = values.map((value) => typeof value === "bigint" ? Number(value) : value);
    const place = `"${name}": row ${number++}`;
    const row = keepRow(cells, columns, listener, place);
    if (row !== undefined) yield { split, ...row };
  }
}

/**
 * The texts and the label of a row; nothing if the reference leaves it out.
 *
 * @param place Where the row is, for messages.
 * @throws {DataError} If a text is none, or the label is none of the task.
 */
export function keepRow(
  cells: readonly unknown[],
  { labelOf, dropEmpty }: SplitColumns,
  listener: TextRowListener,
  place: string,
): Pick<TextRow, "texts" | "label"> | undefined {
  const texts = labelOf === undefined ? cells : cells.slice(0, -1);
  if (cells.some((value) => value === undefined || value === null)) {
    return void listener.drop(incompleteRows);
  }
  if (!texts.every((text) => typeof text === "string")) {
    throw new DataError(`Cannot read ${place} has no text where one is wanted`);
  }
  if (labelOf === undefined) {
    return dropEmpty && texts.includes("") ? void listener.drop(emptyRows) : { texts };
  }
  const cell = cells.at(-1);
  const label = typeof cell === "string" || typeof cell === "number" ? labelOf(cell) : NaN;
  if (label === undefined) return void listener.drop(unlabelledRows);
  if (!(label >= 0)) {
    throw new DataError(
      `Cannot read ${place} has the label ${JSON.stringify(cell)}, which is none`,
    );
  }
  if (dropEmpty && texts.includes("")) return void listener.drop(emptyRows);
  return { texts, label };
}
