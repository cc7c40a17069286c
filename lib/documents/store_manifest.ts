/**
 * The token store: a folder that holds one data set in model-ready form.
 *
 * ```text
 * store.json                     manifest, put in place last: a folder without it is no store
 * input-<i>-<k>.<hash>.bin       shard k of input i: rows of fixed size, little-endian
 * labels-<k>.<hash>.bin          shards of the labels, one entry a row
 * <split>.<hash>.bin             the split's samples, in reference order
 * ```
 *
 * A store is a table of rows in file order, and splits that are lists into it. In the `rows` layout
 * a sample is one row. In the `windows` layout a row is one time step (channels) and a sample is
 * `length` consecutive rows, transposed to (channels, length) when it is read, so overlapping
 * windows cost nothing; its label is the one of its first row. A sample is named by its (first)
 * row: that is its id.
 *
 * A `list` split names its samples one by one: ids as uint32. A `drawn` split draws a fresh epoch
 * of windows: a uniform group, then a uniform start among the group's ranges. Its file holds
 * triples of uint32: group, first start, number of starts, sorted by group and start.
 *
 * File names carry the first 16 digits of the contents' SHA-256. So a store can be replaced in
 * place: new files never have the name of different old ones, and the manifest is exchanged in one
 * rename.
 *
 * @module
 */

import { z } from "zod";
import { imageLook, inputSpec, taskSpec, type ValueOf } from "../spec/mod.ts";
import { canonicalJson, sha256 } from "../util/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";

/** Names of the files that a store consists of, beside the manifest. */
export const storeFileName = /^(input-\d+-\d+|labels-\d+|[a-z]+)\.[0-9a-f]{16}\.bin$/;

/**
 * Names of the splits. `pretrain` falls back to `train` when a store has none.
 *
 * @ignore
 */
export const splitName = z.enum(["pretrain", "train", "validation", "test"]);

/** Name of a split. */
export type SplitName = ValueOf<typeof splitName>;

const count = z.number().int().positive();

const file = z.strictObject({
  name: z.string().regex(storeFileName),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** One file of a store: its name in the folder, its size and its digest. */
export type StoreFile = z.infer<typeof file>;

/** Rows of fixed size: element type on disk, elements of a row, shards in row order. */
const table = z.strictObject({
  dtype: z.enum(["uint8", "uint16", "int16", "int32", "float32"]),
  width: count,
  shards: z.array(z.strictObject({ rows: count, file })),
});

/** Rows of fixed size, cut into shards. */
export type StoreTable = Pick<StoreManifest["columns"][number], "dtype" | "width" | "shards">;

/** Element type on disk. */
export type StoreDtype = StoreTable["dtype"];

/**
 * The rows of one input, and how they become model input, each step rounded to float32:
 * `(value * scale - mean) / deviation`, or `(value / divisor - mean) / deviation`.
 */
const column = table.extend({
  /** Multiplied first. */
  scale: z.number().optional(),
  /** Divided by instead, where the reference divides, such as 255 for 8-bit images. */
  divisor: z.number().optional(),
  /** Subtracted: one value, or one a channel (tabular: a feature). */
  mean: z.array(z.number()).optional(),
  /** Divided by: one value, or one a channel (tabular: a feature). */
  deviation: z.array(z.number()).optional(),
  /** How the images are drawn, where their channels do not say it; since version 2. */
  look: imageLook.exactOptional(),
});

/** The rows of one input and their normalisation. */
export type StoreColumn = z.infer<typeof column>;

const split = z.strictObject({
  kind: z.enum(["list", "drawn"]),
  /** Samples of one epoch. */
  count,
  /** Whether every sample has a label. */
  labelled: z.boolean(),
  /** Ids of a list, or ranges of a drawn split. */
  file,
});

/** Description of a split. */
export type StoreSplit = z.infer<typeof split>;

const fields = z.strictObject({
  dataset: z.string(),
  variant: z.string(),
  title: z.string(),
  inputs: z.array(inputSpec).min(1),
  task: taskSpec.optional(),
  layout: z.enum(["rows", "windows"]),
  rows: count,
  /** One an input. */
  columns: z.array(column).min(1),
  /** Labels of the rows: -1 or NaN where a row has none. */
  labels: table.optional(),
  splits: z.partialRecord(splitName, split),
  /** Training defaults of the variant, such as the published batch size. */
  defaults: z.strictObject({ batchSize: count }),
  /** Remarks that belong beside every number made from this store. */
  notes: z.array(z.string()),
  /** Counters of the conversion, such as windows left out because they held a NaN. */
  counters: z.record(z.string(), z.number()),
  /** Upper bound on the samples of a split that was asked for, in trials. */
  limit: count.optional(),
  /** Version of the program that wrote it. */
  writer: z.string(),
});

/**
 * The manifest of a token store, `store.json`.
 *
 * @ignore
 */
export const storeManifest = defineDocument("metamae/store", 2, fields, {
  // So the manifest of a store without looks stays as it was.
  versionOf: ({ columns }) => columns.some(({ look }) => look !== undefined) ? 2 : 1,
  file: "store.json",
  words: { what: "store", are: "it is", command: "metamae tokenize" },
});

/** Manifest of a token store. */
export type StoreManifest = DocumentOf<typeof storeManifest>;

/**
 * SHA-256 over the manifest, which names the SHA-256 of every file: two stores with the same digest
 * hold the same samples. What does not count: the version of the program that wrote it, how samples
 * are drawn, and the version of the format that says so.
 */
export function storeDigest(manifest: StoreManifest): string {
  const columns = manifest.columns.map((column) => ({ ...column, look: undefined }));
  return sha256(canonicalJson({ ...manifest, columns, version: 1, writer: undefined }));
}

/** All files of a store beside the manifest. */
export function storeFiles(manifest: StoreManifest): readonly StoreFile[] {
  const tables: readonly (StoreTable | undefined)[] = [...manifest.columns, manifest.labels];
  return [
    ...tables.flatMap((table) => table?.shards.map(({ file }) => file) ?? []),
    ...Object.values(manifest.splits).map(({ file }) => file),
  ];
}
