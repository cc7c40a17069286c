/**
 * Finds files by their names in an archive, in the folder that it unpacks to, or side by side in
 * the user's folder.
 *
 * @module
 */

import { unpackedChunks } from "../formats/archive/mod.ts";
import { type Chunks, readFileChunks } from "../formats/bytes/mod.ts";
import { basename, dirname, join, MissingError, statIfThere } from "../util/mod.ts";
import { entryPath, type FoundRaw, rawEntries, type RawForm } from "./raw_files.ts";

/** A file that was asked for. */
export interface NamedEntry {
  /** The name that was asked for. */
  readonly name: string;
  /** Where it is, for messages. */
  readonly path: string;
  /** The contents, unpacked if the file itself is packed with gzip; of an archive only once. */
  chunks(): Chunks;
}

/**
 * Forms of a data set whose archive unpacks to files that may also lie in the raw folder itself.
 */
export function formsOf(archive: RawForm, folder: string, names: readonly string[]): RawForm[] {
  return [archive, { path: folder }, ...names.map((path) => ({ path }))];
}

/**
 * The files with some names, wherever they lie, in the order of the archive; each may also end in
 * `.gz`. Names that are not there are passed over.
 */
export async function* namedEntries(
  found: FoundRaw,
  names: readonly string[],
): AsyncGenerator<NamedEntry> {
  if (found.kind === "file" && names.includes(basename(found.path))) {
    const folder = dirname(found.path);
    for (const name of names) {
      const path = join(folder, name);
      if ((await statIfThere(path))?.isFile) yield openEntry(name, path, readFileChunks);
    }
    return;
  }
  for await (const entry of rawEntries(found)) {
    const name = basename(entry.name).replace(/\.gz$/, "");
    if (names.includes(name)) yield openEntry(name, entryPath(found, entry), () => entry.chunks());
  }
}

function openEntry(name: string, path: string, open: (path: string) => Chunks): NamedEntry {
  return { name, path, chunks: () => unpackedChunks(open(path), { name: path }) };
}

/**
 * Checks that all files were found.
 *
 * @throws {MissingError} If one is missing; the message says which ones and where.
 */
export function checkAllFound(
  dataset: string,
  { path }: FoundRaw,
  names: readonly string[],
  foundNames: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): void {
  const missing = names.filter((name) => !foundNames.has(name)).map((name) => `"${name}"`);
  if (missing.length === 0) return;
  const place = names.includes(basename(path)) ? dirname(path) : path;
  throw new MissingError(`Cannot tokenize "${dataset}": "${place}" lacks ${missing.join(", ")}`);
}
