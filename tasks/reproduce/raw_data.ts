/**
 * Raw files of the data sets: where they lie below one folder, what identifies them, how to get
 * them.
 *
 * @module
 */

import type { Dataset } from "../../lib/datasets/mod.ts";
import { formsOf } from "../../lib/raw/mod.ts";
import {
  createHasher,
  explained,
  hashFile,
  join,
  sha256,
  statIfThere,
} from "../../lib/util/mod.ts";

/** Raw files of a data set. */
export interface RawData {
  /** Folder to hand to the conversion. */
  readonly folder: string;
  /** Paths below it that belong to the data set; all if undefined. */
  readonly paths: readonly string[] | undefined;
}

/** Whether a data set is made of raw files at all. */
export function needsRaw({ files }: Dataset): boolean {
  return files.length > 0;
}

/**
 * Finds the raw files of a data set: in the folder of its name, in that of its family (`glue` for
 * `glue-cola`), or in the folder itself together with those of others.
 *
 * @returns Undefined if there is nothing of it.
 */
export async function findRawData(dataset: Dataset, raw: string): Promise<RawData | undefined> {
  const words = dataset.id.split("-");
  const names = words.map((_, i) => words.slice(0, words.length - i).join("-"));
  for (const name of names) {
    const folder = join(raw, name);
    if (await isFolder(folder)) return { folder, paths: undefined };
  }
  const declared = dataset.files.flatMap(formsOf).map(({ path }) => path);
  const there: string[] = [];
  for (const path of declared) if (await exists(join(raw, path))) there.push(path);
  return there.length === 0 ? undefined : { folder: raw, paths: there };
}

/**
 * SHA-256 over names and contents of raw files. Hidden files do not count.
 *
 * @throws {StorageError} If one cannot be read.
 */
export async function rawFilesDigest({ folder, paths }: RawData): Promise<string> {
  const hasher = createHasher();
  for (const path of paths === undefined ? [""] : [...paths].sort()) {
    for await (const file of filesBelow(folder, path)) {
      const line = `${await hashFile(join(folder, file))} ${file}\n`;
      hasher.update(new TextEncoder().encode(line));
    }
  }
  return hasher.hex();
}

/** Stands for raw files in the key of a data set that has none. */
export const noRawDigest: string = sha256("");

/** How to get the raw files of a data set, in one or two sentences. */
export function howToGet(dataset: Dataset, raw: string | undefined): string {
  const [first, ...others] = dataset.files;
  if (first === undefined) return "";
  const source = first.url === undefined ? first.how ?? dataset.homepage : `download ${first.url}`;
  const place = join(raw ?? "RAW", dataset.id, first.path);
  const more = others.length === 0 ? "" : ` and ${others.length} more files`;
  return `"${place}": ${source}${more}; "metamae datasets ${dataset.id}" lists all`;
}

async function* filesBelow(folder: string, path: string): AsyncGenerator<string> {
  const here = join(folder, path);
  if (!(await isFolder(here))) return yield path;
  const entries = await explained(
    `Cannot list the folder "${here}"`,
    () => Array.fromAsync(Deno.readDir(here)),
  );
  for (const name of entries.map((entry) => entry.name).sort()) {
    if (!name.startsWith(".")) yield* filesBelow(folder, path === "" ? name : `${path}/${name}`);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory ?? false;
}

async function exists(path: string): Promise<boolean> {
  return await statIfThere(path) !== undefined;
}
