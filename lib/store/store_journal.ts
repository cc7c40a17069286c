/**
 * The journal of a store that is being written: how much of it is safe on the disk, so that a run that
 * was killed can be gone on with.
 *
 * A file of JSON lines in the folder that the store is written into. The first line holds all that
 * determines the bytes of the store. Every further one tells what has been added since the one before, and
 * is written when all that it tells of is on the disk. A last line that was cut off does not count.
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
import { type FileSystem, ifThere, join, type Json, type WritableFile } from "../util/mod.ts";

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
export function createJournal(
  { fileSystem, folder, origin, kept }: JournalOptions,
): StoreJournal {
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
