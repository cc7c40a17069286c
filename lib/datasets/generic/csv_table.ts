/**
 * The users' own tables: which columns they have, what their rows say, and their values.
 *
 * @module
 */

import type { Chunks } from "../../formats/bytes/mod.ts";
import type { FoundRaw } from "../../raw/mod.ts";
import type { SplitName } from "../../store/mod.ts";
import { basename, DataError, lookUp } from "../../util/mod.ts";
import { splitOfWord } from "./choose_splits.ts";
import { type CsvRow, readCsvRows, type separators } from "./csv_rows.ts";
import { ownFiles } from "./named_files.ts";

/** What is asked of a table. */
export interface TableOptions {
  readonly separator: keyof typeof separators;
  readonly header: "auto" | "yes" | "no";
  /** Names of the feature columns, separated by commas; all others if left out. */
  readonly columns?: string | undefined;
  readonly label?: string | undefined;
  readonly splitColumn?: string | undefined;
  readonly groupColumn?: string | undefined;
  readonly missing: "refuse" | "drop";
}

/** One file of a table. */
export interface TableFile {
  readonly name: string;
  /** Split that the file's name is, such as `test.csv`. */
  readonly split: SplitName | undefined;
  readonly chunks: () => Chunks;
}

/** Positions of columns. */
export interface TableColumns {
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly features: readonly number[];
  readonly label: number | undefined;
  readonly split: number | undefined;
  readonly group: number | undefined;
}

/** One row of a table. */
export interface TableRow {
  readonly file: TableFile;
  readonly line: number;
  /** Features; the array is overwritten by the next row. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly label: string | undefined;
  readonly split: SplitName | undefined;
  readonly group: string | undefined;
}

/** Text that stands for a missing value. */
const missing = /^(|nan|na|n\/a|null|none|\?)$/i;

/** Files of a table: one file, or those of a folder in the order of their names. */
export async function tableFiles(id: string, found: FoundRaw): Promise<readonly TableFile[]> {
  const files = await ownFiles(id, found, ["csv", "tsv", "txt", "data"]);
  return files.map(({ path, name, chunks }) => ({
    name: path,
    split: splitOfWord(basename(name).replace(/\..*$/, "")),
    chunks,
  }));
}

/**
 * Finds the columns in the first row.
 *
 * @throws {UsageError} If a column is named that the table lacks; the message lists those it has.
 */
export function findColumns(id: string, first: CsvRow, options: TableOptions): TableColumns {
  const { fields } = first;
  const isNumber = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));
  const hasHeader = options.header === "auto"
    ? !fields.some((text) => isNumber(text) || missing.test(text))
    : options.header === "yes";
  const names = hasHeader ? fields.map((text) => text.trim()) : fields.map((_, i) => String(i + 1));
  const positions = new Map(names.map((name, i) => [name, i]));
  const find = (name: string) => lookUp(`column of "${id}"`, name.trim(), positions);
  const [label, split, group] = [options.label, options.splitColumn, options.groupColumn].map(
    (name) => name === undefined ? undefined : find(name),
  );
  const features = options.columns?.split(",").map(find) ??
    names.map((_, i) => i).filter((i) => i !== label && i !== split && i !== group);
  return { names, hasHeader, features, label, split, group };
}

/**
 * The rows of all files.
 *
 * @param onMissing Called for a row with a missing value that is left out.
 * @throws {DataError} If a value is no number or is missing; the message has file, line and column.
 */
export async function* tableRows(
  id: string,
  files: readonly TableFile[],
  options: TableOptions,
  onMissing: () => void,
): AsyncGenerator<TableRow & { readonly columns: TableColumns }> {
  let columns: TableColumns | undefined;
  for (const file of files) {
    const { name, chunks } = file;
    let isFirst = true;
    for await (const row of readCsvRows(chunks(), { name, separator: options.separator })) {
      if (isFirst) {
        const found = findColumns(id, row, options);
        columns ??= found;
        checkSameColumns(name, columns, found);
        isFirst = false;
        if (found.hasHeader) continue;
      }
      const values = readValues(row, columns!, name, options.missing);
      if (values === undefined) {
        onMissing();
        continue;
      }
      const field = (at: number | undefined) => at === undefined ? undefined : row.fields[at]!;
      yield {
        columns: columns!,
        file,
        line: row.line,
        values,
        label: field(columns!.label)?.trim(),
        split: splitOf(field(columns!.split), file, row.line),
        group: field(columns!.group),
      };
    }
  }
}

function checkSameColumns(name: string, first: TableColumns, found: TableColumns): void {
  if (first.names.join("\n") === found.names.join("\n")) return;
  throw new DataError(
    `Cannot read "${name}": its columns are ${found.names.join(", ")}, those of the first file ` +
      first.names.join(", "),
  );
}

function splitOf(word: string | undefined, file: TableFile, line: number): SplitName | undefined {
  if (word === undefined) return file.split;
  const split = splitOfWord(word.trim());
  if (split !== undefined) return split;
  throw new DataError(
    `Cannot read "${file.name}": line ${line} has the split ${JSON.stringify(word)}, ` +
      "train, validation, test or pretrain is wanted",
  );
}

/** The features of a row as numbers; undefined if one is missing and the row is to be dropped. */
function readValues(
  { fields, line }: CsvRow,
  { features, names }: TableColumns,
  name: string,
  onMissing: TableOptions["missing"],
): Float32Array<ArrayBuffer> | undefined {
  const values = new Float32Array(features.length);
  for (let i = 0; i < features.length; i++) {
    const text = fields[features[i]!]!;
    values[i] = Number(text);
    // An empty text would be the number 0.
    if (Number.isFinite(values[i]) && (values[i] !== 0 || text.trim() !== "")) continue;
    if (missing.test(text.trim())) {
      if (onMissing === "drop") return undefined;
      throw new DataError(
        `Cannot read "${name}": line ${line} has no value in column "${names[features[i]!]}"`,
        { hint: "Use --missing drop to leave such rows out" },
      );
    }
    throw new DataError(
      `Cannot read "${name}": line ${line} has ${JSON.stringify(text.slice(0, 40))} in column ` +
        `"${names[features[i]!]}", a number is wanted`,
      { hint: "Use --columns to name the columns with numbers" },
    );
  }
  return values;
}
