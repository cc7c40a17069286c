/**
 * Small stores for tests of the data folder.
 *
 * @module
 */

import { createStore, type CreateStoreOptions } from "../../lib/store/create_store.ts";
import { openStore, type Store } from "../../lib/store/store.ts";
import type { StoreDeclaration, StoreWriter } from "../../lib/store/store_writer.ts";
import { sha256 } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import { makeTempDir } from "../temporary.ts";

/** Options that every test store shares. */
export const sampleOptions: CreateStoreOptions = {
  dataset: "sample",
  variant: "plain",
  title: "Sample",
  writerVersion: "0.0.0",
};

/** Declaration of images of 2 channels of 2x3 pixels with 5 classes. */
export const imageDeclaration: StoreDeclaration = {
  inputs: [{ kind: "image", channels: 2, height: 2, width: 4, patch: 2 }],
  task: { kind: "single-label", classes: 5, metric: "accuracy" },
  layout: "rows",
  columns: [{ dtype: "uint8", divisor: 255, mean: [0.25, 0.5], deviation: [0.5, 0.3] }],
  defaults: { batchSize: 4 },
};

/** Declaration of series of 2 channels, windows of 4 steps. */
export const seriesDeclaration: StoreDeclaration = {
  inputs: [{ kind: "series", channels: 2, length: 4, patch: 2 }],
  task: { kind: "single-label", classes: 3, metric: "accuracy" },
  layout: "windows",
  columns: [{ dtype: "float32" }],
  defaults: { batchSize: 4 },
};

/** Path of a store that is not there yet, in a new folder. */
export async function newStorePath(): Promise<string> {
  return join(await makeTempDir(), "a store");
}

/** Pixels of image `row`. */
export function imageRow(row: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (31 * row + 7 * i) % 256);
}

/** Writes `rows` images; train holds the even ones backwards, test the odd ones. */
export async function fillImages(writer: StoreWriter, rows = 20, salt = 0): Promise<void> {
  writer.declare(imageDeclaration);
  for (let row = 0; row < rows; row++) await writer.append([imageRow(row + salt)], row % 5);
  const numbers = Array.from({ length: rows }, (_, row) => row);
  writer.list("train", numbers.filter((row) => row % 2 === 0).reverse());
  writer.list("test", numbers.filter((row) => row % 2 === 1));
  writer.note(`salt ${salt}`);
}

/** Writes a store and opens it. */
export async function makeStore(
  fill: (writer: StoreWriter) => Promise<void>,
  options: Partial<CreateStoreOptions> & { readonly cacheBytes?: number } = {},
): Promise<Store> {
  const path = await newStorePath();
  await createStore(path, { ...sampleOptions, ...options }, fill);
  return await openStore(
    path,
    options.cacheBytes === undefined ? {} : { cacheBytes: options.cacheBytes },
  );
}

/** Sorted names in a folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Digests of all files of a store. */
export async function storeContents(path: string): Promise<Record<string, string>> {
  const names = await namesIn(path);
  const digests = names.map(async (name) => [name, sha256(await Deno.readFile(join(path, name)))]);
  return Object.fromEntries(await Promise.all(digests));
}
