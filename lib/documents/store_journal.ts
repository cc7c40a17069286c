/**
 * The lines of the journal of a store that is being written.
 *
 * The first line holds all that determines the bytes of the store. Every further one tells what has
 * been added since the one before, and is written when all that it tells of is on the disk.
 *
 * @module
 */

import { z } from "zod";
import type { Json } from "../util/mod.ts";
import { defineDocument } from "./define_document.ts";

/**
 * What determines the bytes of a store: named values, which are named to the user where they
 * differ.
 */
export type StoreOrigin = Readonly<Record<string, Json>>;

const header: z.ZodType<{ readonly origin: StoreOrigin }> = z.strictObject({
  origin: z.record(z.string(), z.json()),
});

/** The first line of a journal. */
export const journalHeader = defineDocument("metamae/store-journal", 1, header, {
  file: "journal.jsonl",
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

/** A line that tells how much is safe on the disk. */
export const checkpointLine = z.strictObject({
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

/** A line that keeps the result of work that is done once. */
export const resultLine = z.strictObject({ result: z.tuple([z.string(), z.json()]) });

/** A line of the journal behind the first. */
export type JournalLine =
  | Readonly<z.infer<typeof checkpointLine>>
  | { readonly result: readonly [name: string, value: Json] };
