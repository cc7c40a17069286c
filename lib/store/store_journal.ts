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

import { z } from "zod";
import { type FileSystem, ioErrorCode, join, type Json, type WritableFile } from "../util/mod.ts";

/** Name of the journal in the folder. */
export const journalName = "journal.jsonl";

/** What determines the bytes of a store: named values, which are named to the user where they differ. */
export type StoreOrigin = Readonly<Record<string, Json>>;

const header = z.strictObject({
  schema: z.literal("metamae/store-journal"),
  version: z.literal(1),
  origin: z.record(z.string(), z.json()),
});

const count = z.number().int().nonnegative();

const shardState = z.strictObject({
  rows: count,
  bytes: count,
  /** Digest of that many bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Whether more rows go into it. */
  open: z.boolean(),
});

/** How much of a shard is on the disk. */
export type ShardState = Readonly<z.infer<typeof shardState>>;

/** Rows of a job, how many jobs like it there are in a row, and what each of them counted. */
const jobRun = z.tuple([count, count, z.record(z.string(), z.number())]);

/** Jobs that gave as many rows and counted the same, one after the other. */
export type JobRun = z.infer<typeof jobRun>;

const ranges = z.array(z.tuple([count, count]));

const tableState = z.strictObject({
  stem: z.string().regex(/^(input-\d+|labels)$/),
  /** Number of the first shard that is told of: the ones before are as they were. */
  first: count,
  shards: z.array(shardState),
});

/** What has changed in a table. */
export type TableState = Readonly<z.infer<typeof tableState>>;

const checkpoint = z.strictObject({
  /** Rows in all. */
  rows: count,
  /** Jobs that were done. */
  jobs: z.array(jobRun),
  /** What the last of them was about. */
  key: z.string().optional(),
  /** Rows with missing values. */
  incomplete: ranges,
  /** Rows without a label. */
  unlabelled: ranges,
  tables: z.array(tableState),
});

const result = z.strictObject({ result: z.tuple([z.string(), z.json()]) });

/** A line of the journal behind the first. */
export type JournalLine =
  | Readonly<z.infer<typeof checkpoint>>
  | { readonly result: readonly [name: string, value: Json] };

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
  let contents: Uint8Array;
  try {
    contents = await Deno.readFile(join(folder, journalName));
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const [first, ...rest] = wholeLines(contents);
  const start = header.safeParse(first?.value);
  if (!start.success) return undefined;
  const results = new Map<string, Json>();
  const tables = new Map<string, ShardState[]>();
  const jobs: JobRun[] = [];
  const incomplete: [number, number][] = [];
  const unlabelled: [number, number][] = [];
  let [rows, bytes, key] = [0, first!.end, undefined as string | undefined];
  for (const { value, end } of rest) {
    const done = result.safeParse(value).data;
    const step = checkpoint.safeParse(value).data;
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
  const { origin } = start.data;
  return { origin, results, rows, jobs, key, incomplete, unlabelled, tables, bytes };
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
  const path = join(folder, journalName);
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
    await write({ schema: "metamae/store-journal", version: 1, origin });
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
