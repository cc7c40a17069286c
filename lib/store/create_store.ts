/**
 * Writes a token store, complete or not at all.
 *
 * @module
 */

import {
  AppError,
  DataError,
  disk,
  explained,
  type FileSystem,
  join,
  type Json,
  namesIn,
  stageFolder,
  UsageError,
} from "../util/mod.ts";
import {
  createJobLedger,
  createJournal,
  type JobLedger,
  type KeptStore,
  openKept,
  type StoreJournal,
} from "./journal.ts";
import {
  type StoreColumn,
  type StoreDtype,
  storeFileName,
  storeFiles,
  type StoreManifest,
  storeManifest,
  type StoreOrigin,
} from "../documents/mod.ts";
import type {
  ColumnOptions,
  JobRows,
  RowElements,
  StoreDeclaration,
  StoreWriter,
} from "./store_writer.ts";
import {
  checkDeclaration,
  checkLabels,
  createRowCheck,
  type LabelLayout,
  labelLayout,
  type RowCheck,
  rowWidth,
  windowLength,
} from "./row_checks.ts";
import { createRowSet, type RowSet, startsAvoiding } from "./row_set.ts";
import { createSplitLists, type SplitLists } from "./split_lists.ts";
import { createTableWriter, type Rows, type TableWriter } from "./table_writer.ts";

/** What an interrupted run left: rows that are taken over, or why the store is started anew. */
export type Leftover = { readonly rows: number } | { readonly anew: string };

/** What is written, and how. */
export interface CreateStoreOptions extends StoreContents {
  /**
   * Whether a store that is already there may be replaced; it stays until the new one is complete.
   */
  readonly force?: boolean;
  /** Told what became of the store of a run that was killed or stopped, before the first row. */
  readonly onLeftover?: (leftover: Leftover) => void;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Lets `fill` write a store, and puts it in place when all of it is on the disk.
 *
 * Everything goes to a hidden folder beside `path` first. When `fill` or the disk fails, that
 * folder is removed and `path` is as it was: absent, or the previous store. Only a run that was
 * killed or stopped leaves it, with what it has finished, for the same run to go on with.
 *
 * @returns The manifest of the new store.
 * @throws {UsageError} If there is a store already (without `force`), or a folder of something
 * else.
 * @throws {LockedError} If another run is writing to the same place.
 * @throws {DataError} If rows, labels or splits are not as the declaration says.
 * @throws {StorageError} If the disk is full, read-only or fails.
 */
export async function createStore(
  path: string,
  options: CreateStoreOptions,
  fill: (writer: StoreWriter) => Promise<void>,
): Promise<StoreManifest> {
  const fileSystem = options.fileSystem ?? disk;
  const { origin, onLeftover, signal, force = false } = options;
  const action = `Cannot write the store "${path}"`;
  let kept: KeptStore | undefined;
  const adopt = async (folder: string) => {
    if (origin === undefined) return false;
    try {
      kept = await openKept(folder, { origin, fileSystem, signal });
      if (kept !== undefined) onLeftover?.({ rows: kept.rows });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      onLeftover?.({ anew: error.message });
    }
    return kept !== undefined;
  };
  const place = await stageFolder(path, {
    action,
    fileSystem,
    check: (target, names) => checkTarget(target, names ?? [], force, action),
    adopt,
  });
  const build = startStore({ ...options, folder: place.folder, action, fileSystem, kept });
  let isStopped = false;
  try {
    // Errors of the raw files are not errors of the store: `fill` explains its own.
    await fill(build.writer);
    return await explained(action, async () => {
      const manifest = await build.finish();
      signal?.throwIfAborted();
      await build.discardJournal();
      await storeManifest.write(place.folder, manifest, { fileSystem });
      await place.publish((staged, target) => exchange(target, staged, manifest, fileSystem));
      return manifest;
    });
  } catch (error) {
    isStopped = signal?.aborted === true && error === signal.reason;
    throw error;
  } finally {
    await build.abandon();
    await place.leave({ keep: isStopped && build.isResumable() });
  }
}

async function checkTarget(
  path: string,
  names: readonly string[],
  force: boolean,
  action: string,
): Promise<void> {
  const foreign = names.find((name) => name !== storeManifest.file && !storeFileName.test(name));
  if (foreign !== undefined && !(await isStore(path))) {
    throw new UsageError(`${action}: the folder holds something else, such as "${foreign}"`, {
      hint: "Choose a new folder",
    });
  }
  if (!force && names.includes(storeManifest.file)) {
    throw new UsageError(`${action}: there is a store already`, {
      hint: "Replace it with --force, or choose another folder",
    });
  }
}

/** Whether the manifest says, in any version, that the folder is a store. */
async function isStore(path: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await Deno.readTextFile(join(path, storeManifest.file)));
    return manifest?.schema === "metamae/store";
  } catch {
    return false;
  }
}

/** Moves the new files beside the old ones and exchanges the manifest in one rename. */
async function exchange(
  path: string,
  folder: string,
  manifest: StoreManifest,
  fileSystem: FileSystem,
): Promise<void> {
  const before = new Set(await namesIn(path));
  const names = storeFiles(manifest).map(({ name }) => name);
  const removeAll = async (unwanted: Iterable<string>) => {
    for (const name of unwanted) {
      await fileSystem.remove(join(path, name)).catch(() => undefined);
    }
  };
  try {
    for (const name of names) await fileSystem.rename(join(folder, name), join(path, name));
    await fileSystem.syncFolder(path);
    await fileSystem.rename(join(folder, storeManifest.file), join(path, storeManifest.file));
  } catch (error) {
    // A file that was there before has the same contents as the new one of its name.
    await removeAll(names.filter((name) => !before.has(name)));
    throw error;
  }
  await fileSystem.syncFolder(path);
  const wanted = new Set(names);
  await removeAll([...before].filter((name) => storeFileName.test(name) && !wanted.has(name)));
}

/** A store on its way. */
interface StoreBuild {
  readonly writer: StoreWriter;
  /** Writes what is left. */
  finish(): Promise<StoreManifest>;
  /** Removes the journal: from here on the store cannot be gone on with. */
  discardJournal(): Promise<void>;
  /** Closes what is open. */
  abandon(): Promise<void>;
  /** Whether another run could go on with what is on the disk. */
  isResumable(): boolean;
}

/** What a store is told about before the first row. */
export interface StoreContents {
  /** Id of the data set. */
  readonly dataset: string;
  /** Variant of the data set. */
  readonly variant: string;
  /** Name of the data set for people. */
  readonly title: string;
  /** Version of this program. */
  readonly writerVersion: string;
  /** Upper bound on the samples of a split, for trials: longer lists are cut. */
  readonly limit?: number | undefined;
  /**
   * All that determines the bytes of the store, by names for people. Where it is given, the store
   * of a run that was killed or stopped is gone on with if all of it is the same.
   */
  readonly origin?: StoreOrigin;
  /** Stops the conversion when it is aborted. */
  readonly signal?: AbortSignal;
  /** Size of a shard in bytes; 64 MiB unless a test says otherwise. */
  readonly shardBytes?: number;
}

/** What is written, where, and what is there already. */
interface StartStoreOptions extends StoreContents {
  /** Folder to write into. */
  readonly folder: string;
  /** What failed if the disk fails, for the message. */
  readonly action: string;
  readonly fileSystem: FileSystem;
  readonly kept?: KeptStore | undefined;
}

/** The inputs and labels as they were declared, with the tables that their rows go to. */
interface Declared extends StoreDeclaration {
  readonly tables: readonly TableWriter[];
  readonly checks: readonly RowCheck[];
  readonly labels: (LabelLayout & { readonly table: TableWriter }) | undefined;
  /** The tables of inputs and labels. */
  readonly all: readonly TableWriter[];
  /** Rows that one sample takes. */
  readonly sampleRows: number;
}

/** How far a store has come. */
interface Progress {
  readonly options: StartStoreOptions;
  declared: Declared | undefined;
  /** Rows so far. */
  rows: number;
  /** Rows that an interrupted run has left. */
  readonly keptRows: number;
  /** Rows that the journal tells of. */
  recordedRows: number;
  /** Rows with missing values. */
  readonly incomplete: RowSet;
  /** Rows without a label. */
  readonly unlabelled: RowSet;
  readonly counters: Record<string, number>;
  /** Counts of the job that is under way. */
  jobCounts: Record<string, number> | undefined;
  readonly notes: string[];
  readonly ledger: JobLedger;
  readonly journal: StoreJournal | undefined;
}

/** Starts to write a store into a folder, or goes on with one. */
function startStore(options: StartStoreOptions): StoreBuild {
  const { origin, kept } = options;
  const progress: Progress = {
    options,
    declared: undefined,
    rows: 0,
    keptRows: kept?.rows ?? 0,
    recordedRows: kept?.rows ?? 0,
    incomplete: createRowSet(kept?.incomplete),
    unlabelled: createRowSet(kept?.unlabelled),
    counters: {},
    jobCounts: undefined,
    notes: [],
    ledger: createJobLedger(kept?.jobs ?? [], kept?.key),
    journal: origin && createJournal({ ...options, origin }),
  };
  const splits = createSplitLists({
    rows: () => progress.rows,
    sampleRows: () => declaredOf(progress).sampleRows,
    incomplete: progress.incomplete,
    unlabelled: (row) => declaredOf(progress).labels === undefined || progress.unlabelled.has(row),
    limit: options.limit,
    count: (name, amount) => count(progress, name, amount),
  });
  return {
    writer: createWriter(progress, splits),
    finish: () => finish(progress, splits),
    discardJournal: async () => await progress.journal?.discard(),
    abandon: async () => {
      for (const table of progress.declared?.all ?? []) await table.abandon();
      await progress.journal?.close();
    },
    isResumable: () => progress.recordedRows > 0,
  };
}

function createWriter(progress: Progress, { list, drawn }: SplitLists): StoreWriter {
  const { action, kept } = progress.options;
  const append = async (
    count: number,
    inputs: readonly RowElements[],
    labels: Rows | undefined,
  ): Promise<number> => {
    const row = progress.rows;
    await written(progress, appendRows(progress, count, inputs, labels));
    return row;
  };
  return {
    declare: (declaration) => {
      if (progress.declared !== undefined) {
        throw new Error("Cannot declare the store: it was done before");
      }
      progress.declared = declareTables(declaration, progress.options);
    },
    append: (inputs, label) =>
      append(1, inputs, typeof label === "number" ? [label] : label && Array.from(label)),
    appendRows: append,
    get keptJobs() {
      return progress.ledger.kept;
    },
    get isKept() {
      return progress.rows < progress.keptRows;
    },
    job: (key, work) => doJob(progress, key, work),
    once: async <Result extends Json>(name: string, work: () => Promise<Result>) => {
      const known = kept?.results.get(name);
      if (known !== undefined) return known as Result;
      const value = await work();
      await explained(action, async () => await progress.journal?.add({ result: [name, value] }));
      return value;
    },
    validStarts: (first, starts) =>
      startsAvoiding(progress.incomplete, first, starts, declaredOf(progress).sampleRows),
    list,
    drawn,
    note: (text) => void progress.notes.push(text),
    count: (name, amount = 1) => count(progress, name, amount),
  };
}

function declareTables(declaration: StoreDeclaration, options: StartStoreOptions): Declared {
  checkDeclaration(declaration);
  const { inputs, columns, layout, task } = declaration;
  const { kept } = options;
  const start = (stem: string, dtype: StoreDtype, width: number) => {
    const [shards, hasher] = [kept?.tables.get(stem), kept?.hashers.get(stem)];
    const leftover = shards && hasher && { shards, hasher };
    return createTableWriter({ ...options, stem, dtype, width, kept: leftover });
  };
  const tables = inputs.map((input, i) =>
    start(`input-${i}`, columns[i]!.dtype, rowWidth(input, layout))
  );
  const label = task && labelLayout(task, inputs);
  const labels = label && { ...label, table: start("labels", label.dtype, label.width) };
  return {
    ...declaration,
    tables,
    checks: inputs.map((input, i) => createRowCheck(input, columns[i]!, layout)),
    labels,
    all: labels === undefined ? tables : [...tables, labels.table],
    sampleRows: windowLength(layout, inputs),
  };
}

function declaredOf({ declared }: Progress): Declared {
  if (declared === undefined) throw new Error("Cannot write the store: nothing was declared");
  return declared;
}

/** Appends rows; gives a promise to be waited for when a buffer went to the disk. */
function appendRows(
  progress: Progress,
  count: number,
  inputs: readonly RowElements[],
  given: Rows | undefined,
): Promise<void> | undefined {
  const { tables, checks, labels, task } = declaredOf(progress);
  const first = progress.rows;
  const there = Math.min(count, progress.keptRows - first);
  if (there > 0) {
    progress.rows += there;
    if (there === count) return undefined;
    const rest = <T extends Rows>(part: T) => part.slice(part.length / count * there) as T;
    return appendRows(progress, count - there, inputs.map(rest), given && rest(given));
  }
  if (inputs.length !== tables.length) {
    throw new RangeError(
      `Cannot append row ${first}: ${inputs.length} inputs were given, ${tables.length} are wanted`,
    );
  }
  if (given !== undefined && (task === undefined || labels === undefined)) {
    throw new RangeError(`Cannot append row ${first}: it has a label, but no task was declared`);
  }
  const { add } = progress.incomplete;
  for (let i = 0; i < tables.length; i++) checks[i]!(inputs[i]!, count, first, add);
  const waits: Promise<void>[] = [];
  if (labels !== undefined && task !== undefined) {
    if (given === undefined) progress.unlabelled.addRange(first, count);
    else checkLabels(given, task, labels.width, count, first);
    const stored = given ?? new Array<number>(labels.width * count).fill(labels.missing);
    const wait = labels.table.append(stored);
    if (wait !== undefined) waits.push(wait);
  }
  for (let i = 0; i < tables.length; i++) {
    const wait = tables[i]!.append(inputs[i]!);
    if (wait !== undefined) waits.push(wait);
  }
  progress.rows += count;
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
}

/** Waits for a buffer that went to the disk. */
async function written(progress: Progress, wait: Promise<void> | undefined): Promise<void> {
  const { action, signal } = progress.options;
  if (wait !== undefined) {
    await explained(action, () => wait);
    if (progress.jobCounts === undefined) await recordRows(progress);
  }
  signal?.throwIfAborted();
}

/** Lets the journal tell of all rows so far, if a shard was finished since it last did. */
async function recordRows(progress: Progress): Promise<void> {
  const { journal, ledger, rows, recordedRows, incomplete, unlabelled, options } = progress;
  const { all } = declaredOf(progress);
  if (journal === undefined || all.every(({ finished }) => finished === 0)) return;
  // All of this is of one moment: rows that are appended meanwhile come later.
  const line = {
    rows,
    ...ledger.drain(),
    incomplete: incomplete.ranges(recordedRows, rows),
    unlabelled: unlabelled.ranges(recordedRows, rows),
  };
  progress.recordedRows = rows;
  const states = Promise.all(all.map((table) => table.checkpoint()));
  await explained(
    options.action,
    () => journal.add(states.then((tables) => ({ ...line, tables }))),
  );
}

/** Does a job, or passes over one whose rows are there. */
async function doJob(
  progress: Progress,
  key: string,
  work: () => Promise<unknown>,
): Promise<JobRows> {
  const { ledger } = progress;
  const row = progress.rows;
  if (ledger.kept > 0) {
    const job = ledger.take(key);
    progress.rows += job.rows;
    for (const [name, amount] of Object.entries(job.counts)) count(progress, name, amount);
    return { row, ...job };
  }
  const counts = progress.jobCounts = {};
  await work().finally(() => progress.jobCounts = undefined);
  const rows = progress.rows - row;
  ledger.add(key, { rows, counts });
  await recordRows(progress);
  return { row, rows, counts };
}

function count({ counters, jobCounts }: Progress, name: string, amount: number): void {
  for (const sums of [counters, jobCounts]) {
    if (sums !== undefined && amount !== 0) sums[name] = (sums[name] ?? 0) + amount;
  }
}

async function finish(progress: Progress, splits: SplitLists): Promise<StoreManifest> {
  const { rows, keptRows, notes, counters, options } = progress;
  const { inputs, task, layout, columns, defaults, tables, labels } = declaredOf(progress);
  if (rows < keptRows) {
    throw new DataError(
      `Cannot go on with an interrupted run: it left ${keptRows} rows, the raw files give ${rows}`,
      { hint: "Run the same command again: it starts anew" },
    );
  }
  if (rows === 0) throw new DataError("Cannot write the store: the data set gave no rows");
  const written = await splits.write(options.fileSystem, options.folder);
  const finished: StoreColumn[] = [];
  for (let i = 0; i < tables.length; i++) {
    finished.push(await finishColumn(tables[i]!, columns[i]!));
  }
  const { dataset, variant, title, limit, writerVersion } = options;
  return storeManifest.make({
    dataset,
    variant,
    title,
    inputs: [...inputs],
    ...(task === undefined ? {} : { task }),
    layout,
    rows,
    columns: finished,
    ...(labels === undefined ? {} : { labels: await labels.table.finish() }),
    splits: written,
    defaults,
    notes,
    counters,
    ...(limit === undefined ? {} : { limit }),
    writer: writerVersion,
  });
}

/** Writes what is left of an input's rows and describes them with their normalisation. */
async function finishColumn(
  table: TableWriter,
  { scale, divisor, mean, deviation, look }: ColumnOptions,
): Promise<StoreColumn> {
  return {
    ...await table.finish(),
    ...(scale === undefined ? {} : { scale }),
    ...(divisor === undefined ? {} : { divisor }),
    ...(mean === undefined ? {} : { mean: [...mean] }),
    ...(deviation === undefined ? {} : { deviation: [...deviation] }),
    ...(look === undefined ? {} : { look }),
  };
}
