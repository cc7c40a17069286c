/**
 * The token store: a folder that holds one data set in model-ready form.
 *
 * ```text
 * store.json            manifest, written last: a folder without it is no store
 * rows-<k>.<input>.bin  shards of fixed-size rows, little-endian, one file an input
 * labels.bin            one label a row
 * <split>.index.bin     the split's samples, in reference order
 * ```
 *
 * A store is a table of rows in file order, and splits that are lists into it. In the `rows` layout
 * a sample is one row. In the `windows` layout a row is one time step (channels) and a sample is
 * `length` consecutive rows, transposed to (channels, length) when it is read, so overlapping windows
 * cost nothing. A `list` split names its samples one by one; a `drawn` split draws a fresh epoch of
 * windows from ranges of start rows: a uniform range, then a uniform start.
 *
 * @module
 */

import { z } from "zod";
import { inputSpec } from "../spec/input.ts";
import { taskSpec } from "../spec/task.ts";

/** Version of the format that this code writes; newer ones are refused. */
export const storeVersion = 1;

/** Names of the splits. `pretrain` falls back to `train` when a store has none. */
export const splitName = z.enum(["pretrain", "train", "validation", "test"]);

/** Name of a split. */
export type SplitName = z.infer<typeof splitName>;

const file = z.strictObject({
  name: z.string(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** How the stored elements of an input become model input: (value * scale - mean) / deviation. */
const column = z.strictObject({
  /** Element type on disk. */
  dtype: z.enum(["uint8", "uint16", "int16", "int32", "float32"]),
  /** Elements of one row. */
  width: z.number().int().positive(),
  /** Multiplied first, such as 1/255 for 8-bit images; computed in float32. */
  scale: z.number().optional(),
  /** Divided by instead of multiplied with, where the reference divides (255). */
  divisor: z.number().optional(),
  /** Subtracted per channel (one value, or one a channel). */
  mean: z.array(z.number()).optional(),
  /** Divided by per channel. */
  deviation: z.array(z.number()).optional(),
  /** Shards in row order. */
  shards: z.array(z.strictObject({ rows: z.number().int().positive(), file })),
});

const split = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("list"), count: z.number().int().nonnegative(), file }),
  z.strictObject({
    kind: z.literal("drawn"),
    /** Windows of one epoch. */
    count: z.number().int().positive(),
    /** Pairs of uint32: first start row, number of starts. */
    ranges: file,
  }),
]);

/** Schema of {@linkcode StoreManifest}. */
export const storeManifest = z.strictObject({
  schema: z.literal("metamae/store"),
  version: z.literal(storeVersion),
  dataset: z.string(),
  variant: z.string(),
  title: z.string(),
  inputs: z.array(inputSpec).min(1),
  task: taskSpec.optional(),
  layout: z.enum(["rows", "windows"]),
  rows: z.number().int().nonnegative(),
  columns: z.array(column).min(1),
  labels: z.strictObject({
    dtype: z.enum(["int32", "float32"]),
    width: z.number().int().positive(),
    file,
  }).optional(),
  splits: z.partialRecord(splitName, split),
  /** Training defaults of the variant, such as the published batch size. */
  defaults: z.strictObject({ batchSize: z.number().int().positive() }),
  /** Remarks that belong beside every number made from this store. */
  notes: z.array(z.string()),
  /** Counters of the conversion, such as windows left out because they held a NaN. */
  counters: z.record(z.string(), z.number()),
  /** Version of the program that wrote it. */
  writer: z.string(),
});

/** Manifest of a token store. */
export type StoreManifest = z.infer<typeof storeManifest>;
