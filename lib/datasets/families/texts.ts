/**
 * Data sets of DABS's two text domains: texts and pairs of texts become rows of ids.
 *
 * The files of the splits are found among the raw files as the official site has them
 * (tab-separated) or as the Hugging Face hub hands them out (Parquet). Texts are encoded on all
 * cores, and stored in the order in which they are read.
 *
 * @module
 */

import type { SplitName } from "../../documents/mod.ts";
import type { ArchiveEntry } from "../../formats/archive/mod.ts";
import { type Chunks, memorySource, openFileSource, readAll } from "../../formats/bytes/mod.ts";
import { readParquet, readSeparatedRows, type SeparatedRow } from "../../formats/table/mod.ts";
import { readTextLines } from "../../formats/text/mod.ts";
import { entryPath, type FoundRaw, rawEntries, type RawFile } from "../../raw/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import { appendJobs } from "../../store/mod.ts";
import { wordPieceCount, wordPieceFile, xlmRobertaCount, xlmRobertaFile } from "../../text/mod.ts";
import { DataError, MissingError, unreadable } from "../../util/mod.ts";
import type {
  Conversion,
  Dataset,
  DatasetFacts,
  DatasetShape,
  Variant,
} from "../conversion/dataset.ts";
import { encodeWith, openTokenizer, type TokenizerKind } from "../conversion/encode_texts.ts";
import { createJobPool } from "../conversion/jobs.ts";

/** Vocabulary and file of the tokenizers. */
const tokenizers: Readonly<Record<TokenizerKind, { vocabulary: number; file: RawFile }>> = {
  "word-piece": { vocabulary: wordPieceCount, file: wordPieceFile },
  "xlm-roberta": { vocabulary: xlmRobertaCount, file: xlmRobertaFile },
};

/** Shape of a text data set: 128 ids a sample. */
function textShape(tokenizer: TokenizerKind, task?: TaskSpec): DatasetShape {
  const { vocabulary } = tokenizers[tokenizer];
  return {
    inputs: [{ kind: "tokens", vocabulary, length: 128 }],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize: 128 },
  };
}

/** One sample. */
export interface TextRow {
  readonly split: SplitName;
  /** One text, or the two of a pair. */
  readonly texts: readonly string[];
  readonly label?: number;
}

/** What a reader of rows is told, and what it tells. */
export interface TextRowListener {
  /** Whether a split has all the samples that it may have, so that no more need be read. */
  full(split: SplitName): boolean;
  /** Notes that there is a file for a split. */
  open(split: SplitName): void;
  /** Counts a row that is left out, as the reference does. */
  drop(what: string): void;
}

/** A split of a text data set. */
export interface TextFilePart {
  readonly split: SplitName;
  /** Path of the file that holds it, or the end of the path. */
  readonly file: string;
  /** Start of the names of its Parquet files, such as `validation`. */
  readonly parquet?: string;
  /** Folder of the Parquet files, where the folder that was found has one for every language. */
  readonly parquetFolder?: string;
  /** Samples of the official release. */
  readonly official?: number;
}

/** A text data set: a record, and the columns of its tables. */
export interface TextDataset extends Omit<DatasetFacts<Variant>, "variants"> {
  readonly tokenizer: TokenizerKind;
  readonly task?: TaskSpec;
  /** What its only variant is. */
  readonly difference: string;
  readonly parts: readonly TextFilePart[];
  readonly columns: SplitColumns;
  /** Reads the rows; if left out, those of the files of the parts. */
  rows?(found: FoundRaw, listener: TextRowListener, run: Conversion): AsyncIterable<TextRow>;
}

/** Makes a text data set. The tokenizer's file joins the official ones. */
export function textDataset(
  { tokenizer, task, difference, parts, columns, rows, ...facts }: TextDataset,
): Dataset {
  return {
    ...facts,
    files: [...facts.files, tokenizers[tokenizer].file],
    variants: textVariants(tokenizer, difference, task),
    async convert(run) {
      const found = await run.find(facts.files[0]!);
      await convertTexts({
        place: found.path,
        tokenizer,
        parts,
        rows: (listener) =>
          rows?.(found, listener, run) ?? readSplitFiles(found, parts, columns, listener),
      }, run);
      run.writer.note("The test split is the official validation file, as in DABS");
    },
  };
}

/** The only variant of a text data set. */
export function textVariants(
  tokenizer: TokenizerKind,
  difference: string,
  task?: TaskSpec,
): readonly Variant[] {
  return [{ name: "dabs", difference, shape: textShape(tokenizer, task) }];
}

/** Texts that are to be converted. */
export interface TextSource {
  /** Where the raw files are, for messages. */
  readonly place: string;
  readonly tokenizer: TokenizerKind;
  readonly parts: readonly TextFilePart[];
  /** Samples in the order of the files. */
  rows(listener: TextRowListener): AsyncIterable<TextRow>;
}

/** Samples that go to a worker at once. */
const batchRows = 256;
/** Batches that are encoded in this thread: for a few samples workers are not worth their start. */
const firstBatches = 8;

/**
 * Converts texts.
 *
 * @throws {MissingError} If there is no file for a part.
 * @throws {DataError} If a part has no samples.
 */
export async function convertTexts(source: TextSource, run: Conversion): Promise<void> {
  const { parts } = source;
  const { writer, limit } = run;
  const [input] = run.variant.shape?.inputs ?? [];
  if (input?.kind !== "tokens") throw new TypeError("A text data set has one input of ids");
  const { length, vocabulary } = input;
  const choice = { kind: source.tokenizer, dataset: run.id, raw: run.raw };
  const tokenizer = await openTokenizer(choice, run);
  const narrow = vocabulary <= 2 ** 16;
  run.declare([{ dtype: narrow ? "uint16" : "int32" }]);
  const open = new Set<SplitName>();
  const taken = new Map(parts.map(({ split }) => [split, 0]));
  const listener: TextRowListener = {
    open: (split) => void open.add(split),
    full: (split) => taken.get(split)! >= (limit ?? Infinity),
    drop: (what) => writer.count(what),
  };
  using pool = createJobPool("texts", run.workers);
  let batches = 0;
  const stored = appendJobs(gatherBatches(source.rows(listener), listener, taken), {
    writer,
    depth: 2 * pool.size,
    key: ([first]) => first!.texts[0]!.slice(0, 80),
    read: (batch) => batch.map(({ texts }) => texts),
    run: async (texts) =>
      batches++ < firstBatches
        ? encodeWith(tokenizer, { texts, length })
        : await pool.run({ tokenizer: choice, texts, length }),
    append: async ({ ids }, batch) => {
      for (const [i, { label }] of batch.entries()) {
        const own = ids.subarray(i * length, (i + 1) * length);
        await writer.append([narrow ? Uint16Array.from(own) : own], label);
      }
    },
  });
  const runs = new Map(parts.map(({ split }) => [split, createRuns()]));
  const total = expectedRows(parts, limit);
  let rows = 0;
  for await (const { item: batch, row } of stored) {
    for (const [i, { split }] of batch.entries()) runs.get(split)!.add(row + i);
    rows += batch.length;
    run.signal.throwIfAborted();
    run.progress(rows, total, "texts");
  }
  run.progress(rows, rows, "texts");
  for (const part of parts) {
    checkFound(source.place, part, open, run);
    listPart(part, runs.get(part.split)!, run);
  }
}

/** Samples in all, where that is known. */
function expectedRows(
  parts: readonly TextFilePart[],
  limit: number | undefined,
): number | undefined {
  if (limit !== undefined) return limit * parts.length;
  const total = parts.reduce((sum, { official }) => sum + (official ?? NaN), 0);
  return Number.isNaN(total) ? undefined : total;
}

/** Gathers the samples that may be taken. */
async function* gatherBatches(
  rows: AsyncIterable<TextRow>,
  listener: TextRowListener,
  taken: Map<SplitName, number>,
): AsyncGenerator<readonly TextRow[]> {
  let batch: TextRow[] = [];
  for await (const row of rows) {
    if (listener.full(row.split)) continue;
    taken.set(row.split, taken.get(row.split)! + 1);
    batch.push(row);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function checkFound(
  place: string,
  { split, file }: TextFilePart,
  open: ReadonlySet<SplitName>,
  { id }: Conversion,
): void {
  if (open.has(split)) return;
  throw new MissingError(
    `Cannot tokenize "${id}": "${place}" lacks "${file}", the split "${split}"`,
  );
}

function listPart({ split, file, official }: TextFilePart, runs: Runs, run: Conversion): void {
  const count = runs.count();
  if (count === 0) {
    throw unreadable(file, `it has no sample for the split "${split}"`);
  }
  if (run.limit === undefined && official !== undefined) {
    const text =
      `The split "${split}" has ${count} samples, ${official} come from the official files`;
    run.expect(count, official, text);
  }
  run.writer.list(split, runs.rows());
}

/** Rows of one split, which mostly follow each other. */
interface Runs {
  add(row: number): void;
  count(): number;
  rows(): Uint32Array;
}

function createRuns(): Runs {
  const runs: { first: number; count: number }[] = [];
  let count = 0;
  return {
    add: (row) => {
      const last = runs.at(-1);
      if (last !== undefined && last.first + last.count === row) last.count++;
      else runs.push({ first: row, count: 1 });
      count++;
    },
    count: () => count,
    rows: () => {
      const rows = new Uint32Array(count);
      let at = 0;
      for (const { first, count } of runs) {
        for (let i = 0; i < count; i++) rows[at++] = first + i;
      }
      return rows;
    },
  };
}

/** Counter of rows that end before one of their columns. */
const incompleteRows = "rows with missing columns, left out";
/** Counter of rows that have a text without a character. */
const emptyRows = "rows with an empty text, left out";
/** Counter of rows whose label is not known. */
const unlabelledRows = "rows without a label, left out";

/** Largest Parquet file that is read out of an archive: it needs random access. */
const longestPacked = 2 ** 28;

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
   * The label that a cell stands for: undefined if it is not known, no class if it is wrong.
   * Without this function there are no labels.
   *
   * @param cell Text of a cell, or a Parquet value.
   */
  readonly labelOf?: (cell: string | number) => number | undefined;
  /** Whether the reference leaves out samples with an empty text. */
  readonly dropEmpty: boolean;
}

/** Rows of all splits in the order of the files. */
export async function* readSplitFiles(
  found: FoundRaw,
  parts: readonly TextFilePart[],
  columns: SplitColumns,
  listener: TextRowListener,
): AsyncGenerator<TextRow> {
  // A folder may hold both forms of a split: the one that comes first is read.
  const forms = new Map<SplitName, "separated" | "parquet">();
  for await (const entry of rawEntries(found)) {
    for (const { split, file, parquet, parquetFolder = "" } of parts) {
      const form = `/${entry.name}`.endsWith(`/${file}`)
        ? "separated"
        : parquet !== undefined && isShard(entry.name, parquet, parquetFolder)
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
