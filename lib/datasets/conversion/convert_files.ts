/**
 * From files, such as photos or recordings, to rows of a store.
 *
 * The files are passed over twice. First only their names and the few lists are read, so that
 * splits, labels and missing files are known before hours of decoding, and a trial of a few samples
 * decodes only these. Then the files are decoded on all cores and stored in their order.
 *
 * @module
 */

import type { SplitName } from "../../documents/mod.ts";
import type { ArchiveEntry } from "../../formats/archive/mod.ts";
import { readAll } from "../../formats/bytes/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { appendJobs, type ColumnOptions, type RowElements } from "../../store/mod.ts";
import { DataError, MissingError } from "../../util/mod.ts";
import type { Conversion, Dataset, DatasetFacts, DatasetShape, Variant } from "./dataset.ts";
import { createJobPool } from "./jobs.ts";
import type { MediaFormat } from "./media.ts";
import { longestList, type TextFile } from "./text_lists.ts";

/** A sample that is made of a file. */
export interface FileSample {
  /** Name of the file, as the data set makes it from its path. */
  readonly key: string;
  readonly label?: number | readonly number[] | undefined;
}

/** Samples of every split, in reference order. */
export type Splits<Sample> = Partial<Readonly<Record<SplitName, readonly Sample[]>>>;

/** A number that is known of the official data. */
export interface ExpectedCount {
  /** What is counted, such as `training images`. */
  readonly what: string;
  readonly found: number;
  readonly official: number;
}

/** What a data set makes of the files that are there. */
export interface Plan<Sample> {
  readonly splits: Splits<Sample>;
  readonly counts?: readonly ExpectedCount[];
  /** Remarks for the store. */
  readonly notes?: readonly string[];
  /** What the store holds, where only the data tell it. */
  readonly shape?: DatasetShape;
  readonly columns?: readonly ColumnOptions[];
}

/** What is there. */
export interface SourceFiles {
  /** Keys of the files, in their order. */
  readonly keys: readonly string[];
  /**
   * A list by its name.
   *
   * @param shown What the message calls it; `the list "NAME"` if left out.
   * @throws {MissingError} If it is not there.
   */
  text(name: string, shown?: string): TextFile;
}

/** Where files are and how they are recognised. */
export interface DatasetFiles {
  /** Archives or folders that hold the files. */
  readonly found: readonly FoundRaw[];
  /**
   * Key of a file by its path in the archive; undefined for other files.
   *
   * @param place Number of the archive among those that were found.
   */
  keyOf(path: string, place: number): string | undefined;
  /** Name of a list that the plan needs, by its path; undefined for others. */
  textOf?(path: string): string | undefined;
}

/** How samples become rows. */
export interface FileRows<Sample extends FileSample> {
  /** What the files are, for messages and progress. */
  readonly what: "images" | "recordings" | "files";
  /** Most bytes of a file. */
  readonly longest: number;
  /** What a worker makes of a file, given its samples. */
  format(samples: readonly Sample[]): MediaFormat;
  /** Whether two samples of a file are one row; all are if left out. */
  same?(one: Sample, other: Sample): boolean;
  /** Values of the inputs beside the first one. Each sample then gets a row of its own. */
  beside?(sample: Sample): readonly RowElements[];
  /**
   * Damaged files that are too many among a number of them: official data are not free of damage
   * that decoders pass over. It is not looked for if left out.
   */
  mostDamaged?(files: number): number;
  /** How the inputs are stored; 8 bits, divided by 255, if left out. */
  readonly columns?: readonly ColumnOptions[];
}

/** How 8-bit images are stored. */
export const byteColumn: ColumnOptions = { dtype: "uint8", divisor: 255 };

/** A data set of files: a record and a plan. */
export interface FileDataset<Sample extends FileSample, V extends Variant>
  extends DatasetFacts<V>, Omit<DatasetFiles, "found"> {
  /** Finds the archives or folders that hold the files; the first official one if left out. */
  find?(run: Conversion<V>): Promise<readonly FoundRaw[]>;
  /** Decides splits and labels. */
  plan(files: SourceFiles, run: Conversion<V>): Plan<Sample> | Promise<Plan<Sample>>;
}

/**
 * Makes a data set of files.
 *
 * @param rowsOf How its samples become rows.
 */
export function fileDataset<Sample extends FileSample, V extends Variant>(
  { keyOf, textOf, find, plan, ...facts }: FileDataset<Sample, V>,
  rowsOf: (variant: V) => FileRows<Sample>,
): Dataset<V> {
  return {
    ...facts,
    async convert(run) {
      const found = await find?.(run) ?? [await run.locate(facts.files[0]!)];
      const source = { found, keyOf, ...(textOf === undefined ? {} : { textOf }) };
      await convertFiles(source, (files) => plan(files, run), rowsOf(run.variant), run);
    },
  };
}

/**
 * Converts the files that the plan asks for.
 *
 * @throws {MissingError} If a list is not there, or a file that a split names.
 * @throws {DataError} If a file is damaged, or too many are.
 */
export async function convertFiles<Sample extends FileSample>(
  source: DatasetFiles,
  plan: (files: SourceFiles) => Plan<Sample> | Promise<Plan<Sample>>,
  rows: FileRows<Sample>,
  run: Conversion,
): Promise<void> {
  for (const found of source.found) await run.check(found);
  const files = await listFiles(source, run);
  await convertPlan(source, await plan(files), files.keys, rows, run);
}

/** Converts the files that a plan asks for, among those that are there. */
export async function convertPlan<Sample extends FileSample>(
  source: DatasetFiles,
  plan: Plan<Sample>,
  keys: readonly string[],
  rows: FileRows<Sample>,
  run: Conversion,
): Promise<void> {
  for (const { what, found, official } of plan.counts ?? []) {
    run.expect(found, official, `The files hold ${found} ${what}, the official ones ${official}`);
  }
  const limited = limitSplits(plan.splits, run.limit);
  const wanted = samplesByFile(limited, rows.same);
  checkPresent(source, wanted, keys, rows.what, run);
  run.declare(plan.columns ?? rows.columns ?? [byteColumn], { shape: plan.shape });
  await storeSplits(source, limited, wanted, rows, run);
  for (const note of plan.notes ?? []) run.writer.note(note);
}

/** Cuts every split to the limit of a trial. */
export function limitSplits<Sample>(
  splits: Splits<Sample>,
  limit = Infinity,
): ReadonlyMap<SplitName, readonly Sample[]> {
  const entries = Object.entries(splits) as [SplitName, readonly Sample[]][];
  return new Map(entries.map(([name, samples]) => [name, samples.slice(0, limit)]));
}

/** Samples by the key of their file, those that are one row once. */
type WantedFiles<Sample> = ReadonlyMap<string, readonly Sample[]>;

/** The samples of every file, over all splits. */
function samplesByFile<Sample extends FileSample>(
  splits: ReadonlyMap<SplitName, readonly Sample[]>,
  same: FileRows<Sample>["same"] = () => true,
): WantedFiles<Sample> {
  const wanted = new Map<string, Sample[]>();
  for (const samples of splits.values()) {
    for (const sample of samples) {
      const known = wanted.get(sample.key);
      if (known === undefined) wanted.set(sample.key, [sample]);
      else if (!known.some((other) => same(other, sample))) known.push(sample);
    }
  }
  return wanted;
}

/** Stores the wanted files and names the splits. */
async function storeSplits<Sample extends FileSample>(
  source: DatasetFiles,
  splits: ReadonlyMap<SplitName, readonly Sample[]>,
  wanted: WantedFiles<Sample>,
  how: FileRows<Sample>,
  run: Conversion,
): Promise<void> {
  const { same = () => true } = how;
  const stored = new Map<string, { readonly row: number; readonly rows: number }>();
  const files = readWanted(source, wanted, run.signal);
  for await (const { item, row, rows } of appendFiles(files, how, run, wanted.size)) {
    stored.set(item.samples[0]!.key, { row, rows });
  }
  const rowOf = (sample: Sample) => {
    const { row, rows } = stored.get(sample.key)!;
    const place = wanted.get(sample.key)!.findIndex((other) => same(other, sample));
    // A short recording has one row for all of its parts.
    return row + Math.min(place, rows - 1);
  };
  for (const [split, samples] of splits) run.writer.list(split, Uint32Array.from(samples, rowOf));
}

/** A file that is to be stored. */
export interface WantedFile<Sample> {
  /** Name for messages. */
  readonly name: string;
  readonly entry: ArchiveEntry;
  /** Samples that are made of it. */
  readonly samples: readonly Sample[];
}

/** A file that was stored. */
export interface StoredFile<Sample> {
  readonly item: WantedFile<Sample>;
  /** Its first row. */
  readonly row: number;
  /** Number of its rows. */
  readonly rows: number;
}

/** So few files are decoded sooner than workers start. */
const fewFiles = 32;

/**
 * Decodes files on all cores and appends their rows in order.
 *
 * @param total Number of files, where it is known before they are read.
 * @throws {DataError} If a file cannot be decoded, or too many are damaged.
 */
export async function* appendFiles<Sample extends FileSample>(
  files: AsyncIterable<WantedFile<Sample>>,
  how: FileRows<Sample>,
  run: Conversion,
  total = Infinity,
): AsyncGenerator<StoredFile<Sample>> {
  const { what, beside } = how;
  const { writer } = run;
  const damage = createDamageCount(how, run);
  using decoder = createDecoder(how, run, total);
  const stored = appendJobs(files, {
    ...decoder,
    writer,
    key: ({ name }) => name,
    append: async ({ rows, damaged }, { samples }) => {
      if (damaged && damage !== undefined) writer.count(damage.name);
      const made = beside === undefined ? samples.slice(0, rows.length) : samples;
      for (const [i, sample] of made.entries()) {
        const values = [rows[i] ?? rows[0]!, ...(beside?.(sample) ?? [])];
        await writer.append(values, sample.label);
      }
    },
  });
  let done = 0;
  for await (const { item, row, rows, counts } of stored) {
    if (damage !== undefined && counts[damage.name] !== undefined) damage.add(item.name, total);
    run.progress(++done, Number.isFinite(total) ? total : undefined, what);
    yield { item, row, rows };
  }
  damage?.check(done);
}

/** Reads and decodes files; to be disposed of. */
export function createDecoder<Sample extends FileSample>(
  { longest, format }: Pick<FileRows<Sample>, "longest" | "format">,
  { workers }: Pick<Conversion, "workers">,
  total: number,
) {
  const pool = createJobPool("media", workers ?? (total < fewFiles ? 0 : undefined));
  return {
    /** Files that are under way at once. */
    depth: 2 * pool.size,
    read: ({ entry, name }: WantedFile<Sample>) =>
      readAll(entry.chunks(), { name, limit: longest }),
    run: (bytes: Uint8Array<ArrayBuffer>, { name, samples }: WantedFile<Sample>) =>
      pool.run({ name, bytes, format: format(samples) }),
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

/** Watches how many files are damaged in places that decoders pass over. */
function createDamageCount<Sample extends FileSample>(
  { what, mostDamaged }: FileRows<Sample>,
  { warn }: Conversion,
) {
  if (mostDamaged === undefined) return undefined;
  const damaged: string[] = [];
  const check = (files: number) => {
    if (damaged.length <= mostDamaged(files)) return;
    throw new DataError(`Cannot decode "${damaged.at(-1)}": it is damaged inside its pixels`);
  };
  return {
    name: `damaged ${what}`,
    check,
    add: (name: string, total: number) => {
      damaged.push(name);
      check(total);
      warn(`"${name}" is damaged; it is used as it decodes`);
    },
  };
}

/** Reads the names of all files, and the few lists. */
export async function listFiles(source: DatasetFiles, run: Conversion): Promise<SourceFiles> {
  const keys: string[] = [];
  const texts = new Map<string, TextFile>();
  for (const [place, found] of source.found.entries()) {
    for await (const entry of rawEntries(found)) {
      run.signal.throwIfAborted();
      const key = source.keyOf(entry.name, place);
      if (key !== undefined) keys.push(key);
      const name = source.textOf?.(entry.name);
      if (name !== undefined) {
        const path = entryPath(found, entry);
        const bytes = await readAll(entry.chunks(), { name: path, limit: longestList });
        texts.set(name, { path, text: new TextDecoder().decode(bytes) });
      }
      if (keys.length % 1000 === 999) run.progress(keys.length, undefined, "file names");
    }
  }
  return {
    keys,
    text(name, shown = `the list "${name}"`) {
      const text = texts.get(name);
      if (text !== undefined) return text;
      throw new MissingError(`Cannot tokenize "${run.id}": ${placesOf(source)} lacks ${shown}`);
    },
  };
}

function checkPresent(
  source: DatasetFiles,
  wanted: ReadonlyMap<string, unknown>,
  keys: readonly string[],
  files: string,
  { id }: Conversion,
): void {
  const present = new Set(keys);
  const missing = [...wanted.keys()].filter((key) => !present.has(key));
  if (missing.length === 0) return;
  const what = missing.length === 1 ? files.slice(0, -1) : files;
  throw new MissingError(
    `Cannot tokenize "${id}": ${
      placesOf(source)
    } lacks ${missing.length} ${what} that the splits ` +
      `name, such as "${missing[0]}"`,
  );
}

const placesOf = ({ found }: DatasetFiles) => found.map(({ path }) => `"${path}"`).join(", ");

/** The wanted files in their order, up to the last of them. */
export async function* readWanted<Sample>(
  { found: places, keyOf }: DatasetFiles,
  wanted: ReadonlyMap<string, readonly Sample[]>,
  signal: AbortSignal,
): AsyncGenerator<WantedFile<Sample>> {
  const left = new Set(wanted.keys());
  for (const [place, found] of places.entries()) {
    if (left.size === 0) return;
    for await (const entry of rawEntries(found)) {
      signal.throwIfAborted();
      const key = keyOf(entry.name, place);
      if (key === undefined || !left.delete(key)) continue;
      yield { name: entryPath(found, entry), entry, samples: wanted.get(key)! };
      if (left.size === 0) return;
    }
  }
}
