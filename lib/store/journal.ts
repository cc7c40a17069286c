/**
 * Going on with a store that an interrupted run has left: its journal, the check of what the
 * journal tells of, and the jobs that need not be done again.
 *
 * The journal is a file of JSON lines in the folder that the store is written into; it tells how
 * much of it is safe on the disk. A last line that was cut off does not count.
 *
 * @module
 */

import {
  checkpointLine,
  type JobRun,
  journalHeader,
  type JournalLine,
  resultLine,
  type ShardState,
  type StoreOrigin,
} from "../documents/mod.ts";
import {
  canonicalJson,
  createHasher,
  DataError,
  feedFile,
  type FileSystem,
  type Hasher,
  ifThere,
  join,
  type Json,
  type WritableFile,
} from "../util/mod.ts";
import { shardName } from "./table_writer.ts";

/** All that a journal tells. */
export interface JournalState {
  readonly origin: StoreOrigin;
  /** Results of work that is done once, by name. */
  readonly results: ReadonlyMap<string, Json>;
  readonly rows: number;
  readonly jobs: readonly JobRun[];
  readonly key: string | undefined;
  readonly incomplete: readonly (readonly [number, number])[];
  readonly unlabelled: readonly (readonly [number, number])[];
  /** Shards of every table by the start of their names. */
  readonly tables: ReadonlyMap<string, readonly ShardState[]>;
  /** Length of the lines that are whole. */
  readonly bytes: number;
}

/** Reads the journal of a folder; undefined if there is none that this version can use. */
export async function readJournal(folder: string): Promise<JournalState | undefined> {
  const contents = await ifThere(Deno.readFile(join(folder, journalHeader.file)));
  if (contents === undefined) return undefined;
  const [first, ...rest] = wholeLines(contents);
  const header = first?.value;
  if (!journalHeader.is(header)) return undefined;
  const results = new Map<string, Json>();
  const tables = new Map<string, ShardState[]>();
  const jobs: JobRun[] = [];
  const incomplete: [number, number][] = [];
  const unlabelled: [number, number][] = [];
  let [rows, bytes, key] = [0, first!.end, undefined as string | undefined];
  for (const { value, end } of rest) {
    const done = resultLine.safeParse(value).data;
    const step = checkpointLine.safeParse(value).data;
    if (done !== undefined) results.set(...done.result);
    else if (step !== undefined) {
      for (const { stem, first, shards } of step.tables) {
        tables.set(stem, [...tables.get(stem)?.slice(0, first) ?? [], ...shards]);
      }
      for (const run of step.jobs) jobs.push(run);
      for (const range of step.incomplete) incomplete.push(range);
      for (const range of step.unlabelled) unlabelled.push(range);
      [rows, key] = [step.rows, step.key ?? key];
    } else break;
    bytes = end;
  }
  return { origin: header.origin, results, rows, jobs, key, incomplete, unlabelled, tables, bytes };
}

/** The lines up to the first that is no JSON, each with the position behind it. */
function* wholeLines(contents: Uint8Array): Generator<{ value: unknown; end: number }> {
  const decoder = new TextDecoder();
  for (let at = 0, next; (next = contents.indexOf(10, at)) >= 0; at = next + 1) {
    try {
      yield { value: JSON.parse(decoder.decode(contents.subarray(at, next))), end: next + 1 };
    } catch {
      return;
    }
  }
}

/** Appends lines to a journal. */
export interface StoreJournal {
  /** Appends a line, when all lines before are on the disk, and waits until it is there too. */
  add(line: JournalLine | Promise<JournalLine>): Promise<void>;
  /** Closes the file. */
  close(): Promise<void>;
  /** Removes it: the store is complete. */
  discard(): Promise<void>;
}

/** Where a journal is written. */
export interface JournalOptions {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  readonly origin: StoreOrigin;
  /** The journal that is gone on with, if any. */
  readonly kept?: JournalState | undefined;
}

/** Starts a journal, or goes on with one. The file is made with its first line. */
export function createJournal({ fileSystem, folder, origin, kept }: JournalOptions): StoreJournal {
  const path = join(folder, journalHeader.file);
  const encoder = new TextEncoder();
  let file: WritableFile | undefined;
  let tail: Promise<void> = Promise.resolve();
  const write = async (value: unknown) => {
    await file!.write(encoder.encode(JSON.stringify(value) + "\n"));
    await file!.sync();
  };
  const open = async () => {
    if (kept !== undefined) {
      file = await fileSystem.reopen(path, kept.bytes);
      return;
    }
    file = await fileSystem.create(path);
    await write(journalHeader.make({ origin }));
    await fileSystem.syncFolder(folder);
  };
  const close = async () => {
    await tail.catch(() => undefined);
    file?.close();
  };
  return {
    add: (line) => {
      tail = tail.then(async () => {
        const value = await line;
        if (file === undefined) await open();
        await write(value);
      });
      // Whoever waits sees the failure; nobody waiting must not end the process.
      tail.catch(() => undefined);
      return tail;
    },
    close,
    discard: async () => {
      await close();
      await fileSystem.remove(path);
    },
  };
}

/** What was left. */
export interface KeptStore extends JournalState {
  /** Digest so far of the last shard of every table, by the start of the names. */
  readonly hashers: ReadonlyMap<string, Hasher>;
}

/** Options of {@linkcode openKept}. */
export interface OpenKeptOptions {
  /** What determines the bytes of the new store. */
  readonly origin: StoreOrigin;
  readonly fileSystem: FileSystem;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens what a run that was killed left in a folder, and removes what its journal does not tell of.
 *
 * @returns The store so far; undefined if there is nothing worth going on with.
 * @throws {DataError} If there is, but something has changed since, or a file is damaged.
 */
export async function openKept(
  folder: string,
  { origin, fileSystem, signal }: OpenKeptOptions,
): Promise<KeptStore | undefined> {
  const journal = await readJournal(folder);
  if (journal === undefined || (journal.rows === 0 && journal.results.size === 0)) return undefined;
  const changed = [...new Set([...Object.keys(origin), ...Object.keys(journal.origin)])]
    .find((name) => canonicalJson(origin[name]) !== canonicalJson(journal.origin[name]));
  if (changed !== undefined) {
    throw new DataError(`Cannot go on with an interrupted run: the ${changed} changed since`);
  }
  const left = new Set((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name));
  left.delete(journalHeader.file);
  const hashers = new Map<string, Hasher>();
  for (const [stem, shards] of journal.tables) {
    for (const [k, shard] of shards.entries()) {
      signal?.throwIfAborted();
      // The run may have finished and renamed the shard after it told of it for the last time.
      const found = [...left].find((name) => name.startsWith(`${stem}-${k}.`));
      if (found === undefined) throw damaged(`"${stem}-${k}" is missing`);
      left.delete(found);
      hashers.set(stem, await checkShard(join(folder, found), shard));
      const name = shardName(`${stem}-${k}`, shard.open ? undefined : shard.sha256);
      if (name !== found) await fileSystem.rename(join(folder, found), join(folder, name));
    }
  }
  for (const name of left) await fileSystem.remove(join(folder, name));
  return { ...journal, hashers };
}

async function checkShard(path: string, { bytes, sha256, open }: ShardState): Promise<Hasher> {
  const hasher = createHasher();
  const { size } = await Deno.stat(path);
  // Bytes behind an open shard's are of rows that the journal does not tell of.
  const isWhole = open ? size >= bytes : size === bytes;
  if (isWhole) await feedFile(hasher, path, bytes);
  if (!isWhole || hasher.peek() !== sha256) throw damaged(`"${path}" is damaged`);
  return hasher;
}

const damaged = (what: string) =>
  new DataError(`Cannot go on with an interrupted run: its file ${what}`);

/** What a job gave. */
export interface JobYield {
  /** Number of rows. */
  readonly rows: number;
  /** What it added to counters. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Jobs that were done before, and those that are done now. */
export interface JobLedger {
  /** How many of the next jobs were done before. */
  readonly kept: number;
  /**
   * Takes the next job that was done before.
   *
   * @param key What the job is about.
   * @throws {DataError} If the last of them was about something else.
   */
  take(key: string): JobYield;
  /** Adds a job that was done now. */
  add(key: string, job: JobYield): void;
  /** What was added since the last call. */
  drain(): { readonly jobs: JobRun[]; readonly key: string | undefined };
}

/** Starts a ledger with the jobs that were done before and the key of the last of them. */
export function createJobLedger(done: readonly JobRun[], lastKey: string | undefined): JobLedger {
  let kept = done.reduce((sum, [, times]) => sum + times, 0);
  let run = 0;
  let taken = 0;
  let fresh: [number, number, Record<string, number>][] = [];
  let key: string | undefined;
  return {
    get kept() {
      return kept;
    },
    take: (name) => {
      if (--kept === 0 && name !== lastKey) {
        throw new DataError(
          `Cannot go on with an interrupted run: it stopped after "${lastKey}", ` +
            `the raw files now have "${name}" there`,
          { hint: "Run the same command again: it starts anew" },
        );
      }
      const [rows, times, counts] = done[run]!;
      if (++taken === times) [run, taken] = [run + 1, 0];
      return { rows, counts };
    },
    add: (name, { rows, counts }) => {
      key = name;
      const last = fresh.at(-1);
      if (last?.[0] === rows && canonicalJson(last[2]) === canonicalJson(counts)) last[1]++;
      else fresh.push([rows, 1, counts]);
    },
    drain: () => {
      const jobs = fresh;
      fresh = [];
      return { jobs, key };
    },
  };
}
