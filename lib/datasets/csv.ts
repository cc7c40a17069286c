/**
 * The users' own tables: each row a sample (tabular), or windows of consecutive rows (time series).
 *
 * @module
 */

import type { SplitName } from "../documents/mod.ts";
import { Readable } from "node:stream";
import { parse } from "csv-parse/";
import { z } from "zod";
import { unpackedChunks } from "../formats/archive/mod.ts";
import type { Chunks } from "../formats/bytes/mod.ts";
import { readLineBlocks } from "../formats/text/mod.ts";
import type { InputSpec, TaskSpec } from "../spec/mod.ts";
import { listParts } from "../store/mod.ts";
import { AppError, DataError, lookUp, unreadable, UsageError } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import {
  chooseSplits,
  type SplitChoice,
  type SplitChoiceOptions,
  splitOfWord,
} from "./own/choose_splits.ts";
import { mostClasses, numberClasses, tooManyClasses } from "./own/classes.ts";
import { createMoments } from "./own/moments.ts";
import { ownDataset, ownShape, patchSize, sharedOptions, splitOptions } from "./own/own_data.ts";
import { type OwnFile, ownFiles } from "./own/own_files.ts";
import { createTexts } from "./own/texts.ts";

const id = "csv";
const { label, task, window, stride, patch, normalize } = sharedOptions;

const options = z.strictObject({
  ...splitOptions,
  columns: z.string().optional()
    .describe("Feature columns by name, or by number without a header, separated by commas"),
  label,
  task,
  splitColumn: z.string().optional()
    .describe("Column with the words train, validation, test or pretrain"),
  groupColumn: z.string().optional()
    .describe("Column whose equal values stay in one split, such as subjects"),
  header: z.enum(["auto", "yes", "no"]).default("auto")
    .describe("Whether the first row holds names"),
  separator: z.enum(["comma", "semicolon", "tab"]).default("comma").describe("Between fields"),
  missing: z.enum(["refuse", "drop"]).default("refuse")
    .describe("What becomes of rows with empty fields or NaN"),
  window,
  stride,
  patch,
  normalize,
});
type Options = z.infer<typeof options>;

/** Own tables. */
export const csv: Dataset = ownDataset({
  id,
  title: "Own tables in CSV files",
  summary:
    "CSV files, plain or gzipped: a row a sample, or with --window a time series of the columns.",
  homepage: "https://www.rfc-editor.org/rfc/rfc4180",
  options,

  async convert(run, chosen) {
    const { writer } = run;
    const files = await ownFiles(run, ["csv", "tsv", "txt", "data"]);
    let dropped = 0;
    const rows = (onMissing = () => {}) => tableRows(files, chosen, onMissing);
    const scanned = watched(rows(() => dropped++), run, undefined, "rows scanned");
    const scan = await scanTable(scanned, chosen.task);
    const input = inputOf(scan, chosen);
    const { parts, note } = partsOf(input, scan, chosen);
    const isStandard = (chosen.normalize ?? "standard") === "standard";
    const measureRows = () => measure(rows(), parts, scan, input, run);
    const moments = isStandard ? await writer.once("moments", measureRows) : {};
    run.declare([{ dtype: "float32", ...moments }], {
      shape: ownShape(input, scan.task),
      layout: input.kind === "series" ? "windows" : "rows",
    });
    let row = 0;
    for await (const { values } of watched(rows(), run, scan.rows, "rows")) {
      await writer.append([values], scan.label(row++));
    }
    listParts(parts, run, writer);
    writer.count("rows with missing values", dropped);
    writer.note(note);
    if (isStandard) writer.note("Normalised by mean and deviation of the training rows");
    noteColumns(files, chosen, writer.note);
  },
});

function inputOf({ features }: TableScan, { window, stride, patch }: Options): InputSpec {
  if (window === undefined) {
    if (patch === undefined && stride === undefined) return { kind: "tabular", features };
    throw new UsageError(
      `Cannot use the options of "${id}": "--patch" and "--stride" want "--window" beside them`,
    );
  }
  return {
    kind: "series",
    channels: features,
    length: window,
    patch: patchSize(id, [window], patch),
  };
}

/** Splits windows, or else rows. */
function partsOf(input: InputSpec, scan: TableScan, options: Options): SplitChoice {
  if (input.kind === "series") {
    const { length } = input;
    return chooseWindows(scan, { ...options, window: length, stride: options.stride ?? length });
  }
  return chooseSplits({
    id,
    samples: scan.rows,
    named: scan.split,
    ...(scan.group === undefined ? {} : { group: (row) => String(scan.group!(row)) }),
  }, options);
}

/** Mean and deviation of every column over the rows of the training samples. */
async function measure(
  rows: AsyncIterable<{ readonly values: Float32Array }>,
  parts: Partial<Readonly<Record<SplitName, Uint32Array>>>,
  { rows: count, features }: TableScan,
  input: InputSpec,
  run: Conversion,
) {
  const length = input.kind === "series" ? input.length : 1;
  const isTraining = new Uint8Array(count);
  for (const first of parts.train!) isTraining.fill(1, first, first + length);
  const moments = createMoments(features);
  let row = 0;
  for await (const { values } of watched(rows, run, count, "rows measured")) {
    if (isTraining[row++] === 1) moments.add(values);
  }
  return moments.result();
}

function noteColumns(
  files: readonly OwnFile[],
  { columns, label }: Options,
  note: (text: string) => void,
): void {
  note(
    `From ${files.length === 1 ? "one file" : `${files.length} files`}; features: ` +
      `${columns ?? "all columns"}${label === undefined ? "" : `; label: ${label}`}`,
  );
}

/** Reports progress, and stops when the user stops the program. */
async function* watched<T>(
  rows: AsyncIterable<T>,
  { signal, progress }: Conversion,
  total: number | undefined,
  what: string,
): AsyncGenerator<T> {
  let done = 0;
  for await (const row of rows) {
    if (++done % 4096 === 0) {
      signal.throwIfAborted();
      progress(done, total, what);
    }
    yield row;
  }
  signal.throwIfAborted();
  progress(done, total ?? done, what);
}

/** Length and distance of windows. */
interface WindowOptions extends SplitChoiceOptions {
  readonly window: number;
  readonly stride: number;
}

/**
 * Cuts a table into windows of consecutive rows of one file, group, split and label.
 *
 * Windows that the data do not assign to a split are split by whole groups if there are any; else
 * in time: the last rows of every run are for testing, and no window lies on both sides. Where runs
 * are too short for that, whole runs are for testing, or single windows if these do not overlap.
 *
 * @throws {DataError} If no run of rows is long enough.
 */
function chooseWindows(scan: TableScan, options: WindowOptions): SplitChoice {
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

/** What the rows of a table say, one entry a row. */
interface TableScan {
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
async function scanTable(
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
      throw unreadable(file.path, `line ${line} has no label`);
    }
    if (label !== undefined) labels.add(label);
    if (group !== undefined) groups.add(group);
    splits.add(split ?? "");
    files.add(file.path);
  }
  if (splits.length === 0) throw new DataError(`Cannot tokenize "${id}": it has no rows`);
  return {
    rows: splits.length,
    features,
    ...taskOf(labels, kind),
    split: (row) => (splits.names[splits.idOf(row)] || undefined) as SplitName | undefined,
    group: groups.length === 0 ? undefined : groups.idOf,
    file: files.idOf,
  };
}

function taskOf(
  labels: ReturnType<typeof createLabelColumn>,
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
      `Cannot tokenize "${id}": the label ${JSON.stringify(wrong)} is no number, as regression ` +
        "wants",
    );
  }
  if (names === undefined) throw tooManyClasses(id, `more than ${mostClasses}`);
  const classes = numberClasses(id, names);
  const classOfName = names.map((name) => classes?.classOf(name));
  return { task: classes?.task, label: (row) => classOfName[labels.idOf(row)] };
}

/**
 * Gathers labels, one a row, that may be classes or numbers: which shows when all were seen. Texts
 * are given up as soon as they are too many, so that memory stays flat.
 */
function createLabelColumn() {
  let texts: ReturnType<typeof createTexts> | undefined = createTexts();
  let numbers = new Float64Array(1024);
  let length = 0;
  let wrong: string | undefined;
  return {
    get length() {
      return length;
    },
    /** The different texts; undefined if there are more than classes may be. */
    get names() {
      return texts?.names;
    },
    /** A label that is no finite number; undefined if there is none. */
    get wrong() {
      return wrong;
    },
    idOf: (row: number) => texts!.idOf(row),
    numberOf: (row: number) => numbers[row]!,
    add: (text: string) => {
      texts?.add(text);
      if (texts !== undefined && texts.count > mostClasses) texts = undefined;
      if (length === numbers.length) {
        numbers = new Float64Array(numbers.buffer.transfer(2 * numbers.byteLength));
      }
      const value = Number(text);
      if (!Number.isFinite(value)) wrong ??= text;
      numbers[length++] = value;
    },
  };
}

/** Positions of columns. */
interface TableColumns {
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly features: readonly number[];
  readonly label: number | undefined;
  readonly split: number | undefined;
  readonly group: number | undefined;
}

/** One row of a table. */
interface TableRow {
  readonly file: OwnFile;
  readonly line: number;
  /** Features; the array is overwritten by the next row. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly label: string | undefined;
  readonly split: SplitName | undefined;
  readonly group: string | undefined;
}

/** Text that stands for a missing value. */
const missing = /^(|nan|na|n\/a|null|none|\?)$/i;

/**
 * Finds the columns in the first row.
 *
 * @throws {UsageError} If a column is named that the table lacks; the message lists those it has.
 */
function findColumns(first: CsvRow, options: Options): TableColumns {
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
async function* tableRows(
  files: readonly OwnFile[],
  options: Options,
  onMissing: () => void,
): AsyncGenerator<TableRow & { readonly columns: TableColumns }> {
  let columns: TableColumns | undefined;
  for (const file of files) {
    const name = file.path;
    let isFirst = true;
    for await (const row of readCsvRows(file.chunks(), name, options.separator)) {
      if (isFirst) {
        const found = findColumns(row, options);
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
  throw unreadable(
    name,
    `its columns are ${found.names.join(", ")}, those of the first file ` +
      first.names.join(", "),
  );
}

function splitOf(word: string | undefined, file: OwnFile, line: number): SplitName | undefined {
  if (word === undefined) return file.split;
  const split = splitOfWord(word.trim());
  if (split !== undefined) return split;
  throw unreadable(
    file.path,
    `line ${line} has the split ${JSON.stringify(word)}, ` +
      "train, validation, test or pretrain is wanted",
  );
}

/** The features of a row as numbers; undefined if one is missing and the row is to be dropped. */
function readValues(
  { fields, line }: CsvRow,
  { features, names }: TableColumns,
  name: string,
  onMissing: Options["missing"],
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

/** One row. */
interface CsvRow {
  /** Its last line, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What separates fields. */
const separators = { comma: ",", semicolon: ";", tab: "\t" } as const;

/** Longest row in bytes: bounds what an open quote can swallow. */
const longestRow = 2 ** 24;

const quote = 0x22;

/**
 * Reads the rows of a file; empty lines are passed over, a byte order mark too.
 *
 * Lines are simply cut up to the first quote in the file; from there on a parser reads it.
 *
 * @throws {DataError} If a row has another number of fields than the first, or a quote is wrong.
 */
async function* readCsvRows(
  chunks: Chunks,
  name: string,
  separator: keyof typeof separators,
): AsyncGenerator<CsvRow> {
  const delimiter = separators[separator];
  const blocks = readLineBlocks(unpackedChunks(chunks, { name }), {
    name,
    longestLine: longestRow,
  });
  let width: number | undefined;
  const checked = (row: CsvRow): CsvRow => {
    width ??= row.fields.length;
    if (row.fields.length === width) return row;
    throw unreadable(
      name,
      `line ${row.line} has ${row.fields.length} columns, ${width} are wanted`,
    );
  };
  const decoder = new TextDecoder();
  for await (const { bytes, firstLine } of blocks) {
    if (bytes.includes(quote)) {
      const rest = async function* () {
        yield bytes;
        for await (const block of blocks) yield block.bytes;
      };
      for await (const { line, fields } of quotedRows(rest(), name, delimiter)) {
        yield checked({ line: line + firstLine - 1, fields });
      }
      return;
    }
    const lines = decoder.decode(bytes).split("\n");
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.endsWith("\r") ? lines[i]!.slice(0, -1) : lines[i]!;
      if (text !== "") yield checked({ line: firstLine + i, fields: text.split(delimiter) });
    }
  }
}

async function* quotedRows(
  chunks: Chunks,
  name: string,
  delimiter: string,
): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: longestRow,
  });
  const rows = Readable.from(chunks).on("error", (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { info, record } of rows) yield { line: info.lines, fields: record };
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error) || !("code" in error)) throw error;
    if (!String(error.code).startsWith("CSV_")) throw error;
    throw unreadable(name, `${error.message}`, error);
  }
}
