/**
 * Compares a store of images with what Python made of the same files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SplitName } from "../../lib/documents/store_manifest.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { assertEquals } from "../assert.ts";
import { type MemoryOptions, type MemoryStore, tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

/** One split, as `write_expected` of `image_fixtures.py` writes it. */
export interface ExpectedSplit {
  readonly labels: readonly (number | null | readonly number[])[];
  /** Digest of the stored values of all samples, one after the other. */
  readonly sha256: string;
  /** First and last pixel of the first and last sample, channel by channel. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Splits by variant. */
export type ExpectedImages = Readonly<Record<string, Readonly<Record<string, ExpectedSplit>>>>;

/** Folder of the raw files of a fixture. */
export function rawFolder(name: string): string {
  return fromFileUrl(new URL(`../fixtures/raw/${name}`, import.meta.url));
}

/** What Python made of the raw files of a fixture. */
export function readExpected(name: string): ExpectedImages {
  return JSON.parse(Deno.readTextFileSync(`${rawFolder(name)}.json`));
}

/** Asserts that a store has exactly the expected splits. */
export function assertImages(store: MemoryStore, expected: ExpectedImages[string]): void {
  assertEquals(Object.keys(store.lists).sort(), Object.keys(expected).sort());
  const [input] = store.declaration.inputs;
  for (const [split, { labels, sha256, first, last }] of Object.entries(expected)) {
    const rows = store.lists[split as SplitName]!;
    assertEquals(rows.map((row) => store.labels[row] ?? null), [...labels], split);
    const images = rows.map((row) => store.rows[row]![0]!);
    const plane = input?.kind === "image" ? input.width * input.height : 0;
    const at = (image: number, pixel: number) =>
      Array.from(
        { length: images[0]!.length / plane },
        (_, channel) => images.at(image)![channel * plane + pixel]!,
      );
    assertEquals(at(0, 0), [...first], `${split}: first pixel`);
    assertEquals(at(-1, plane - 1), [...last], `${split}: last pixel`);
    const hash = createHash("sha256");
    for (const { buffer, byteOffset, byteLength } of images) {
      hash.update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    }
    assertEquals(hash.digest("hex"), sha256, split);
  }
}

/** Tokenizes a variant and compares it with what Python made. */
export async function assertVariant(
  dataset: Dataset,
  variant: string,
  overrides: MemoryOptions & { readonly expected?: ExpectedImages } = {},
): Promise<MemoryStore> {
  const { expected = readExpected(dataset.id), ...context } = overrides;
  const store = await tokenizeToMemory(dataset, {
    raw: rawFolder(dataset.id),
    variant,
    ...context,
  });
  assertImages(store, expected[variant]!);
  return store;
}

/** Unpacks an archive for a test that changes its files. */
export async function withUnpacked(
  archive: string,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    await run(folder);
  });
}
