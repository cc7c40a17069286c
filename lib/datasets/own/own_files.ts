/**
 * The files of the users' own data: where they are, their splits and classes by their names.
 *
 * @module
 */

import { type Chunks, readFileChunks } from "../../formats/bytes/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import type { SplitName } from "../../documents/mod.ts";
import { basename, DataError, explained, MissingError } from "../../util/mod.ts";
import type { Conversion } from "../conversion/dataset.ts";
import { splitOfWord } from "./choose_splits.ts";
import type { NamePatterns } from "./own_data.ts";

/** A file and what its path says about it. */
export interface NamedFile {
  /** Path in the folder or archive. */
  readonly path: string;
  readonly split: SplitName | undefined;
  /** Class; undefined if the path names none. */
  readonly label: string | undefined;
}

/**
 * The user's folder, archive or single file.
 *
 * @throws {MissingError} If it is not there.
 */
export async function openOwn({ id, raw }: Pick<Conversion, "id" | "raw">): Promise<FoundRaw> {
  if (raw === undefined) {
    throw new MissingError(`Cannot tokenize "${id}": no file or folder was given (--raw PATH)`);
  }
  const { isDirectory, size } = await explained(`Cannot read "${raw}"`, () => Deno.stat(raw));
  const form = { path: basename(raw) };
  return { form, path: raw, kind: isDirectory ? "folder" : "file", bytes: size };
}

/** A file of the user's own data that can be read again and again. */
export interface OwnFile {
  /** Where it is. */
  readonly path: string;
  /** Path whose first part is the folder that was given; the name of a file that was given. */
  readonly name: string;
  /** Its name without the ending. */
  readonly stem: string;
  /** Split that the stem names, such as that of `test.csv`. */
  readonly split: SplitName | undefined;
  chunks(): Chunks;
}

/**
 * The files of a folder, or the single file that was given, whose names end in one of some
 * extensions (and perhaps `.gz`).
 *
 * @throws {MissingError} If there are none.
 */
export async function ownFiles(
  run: Pick<Conversion, "id" | "raw">,
  extensions: readonly string[],
): Promise<readonly OwnFile[]> {
  const { id } = run;
  const found = await openOwn(run);
  const { path, kind } = found;
  const ending = new RegExp(`\\.(${extensions.join("|")})(\\.gz)?$`, "i");
  if (kind === "file") {
    if (!ending.test(path)) throw noFiles(id, path, extensions);
    return [ownFile(path, basename(path), () => readFileChunks(path))];
  }
  const files: OwnFile[] = [];
  for await (const entry of rawEntries(found)) {
    if (isHidden(entry.name) || !ending.test(entry.name)) continue;
    files.push(ownFile(entryPath(found, entry), entry.name, () => entry.chunks()));
  }
  if (files.length > 0) return files;
  throw noFiles(id, path, extensions);
}

function ownFile(path: string, name: string, chunks: () => Chunks): OwnFile {
  const stem = basename(name).replace(/\..*$/, "");
  return { path, name, stem, split: splitOfWord(stem), chunks };
}

/**
 * What a path says: a folder named like a split is the split, the last other folder is the class.
 *
 * @param path Path whose first part is the folder itself.
 * @throws {DataError} If a label pattern does not match the file's name.
 */
export function readPath(path: string, patterns: NamePatterns): NamedFile {
  const parts = path.split("/");
  const name = parts.at(-1)!;
  const folders = parts.slice(1, -1);
  const split = patterns.test?.test(path)
    ? "test"
    : folders.map(splitOfWord).find((found) => found !== undefined);
  const last = folders.at(-1);
  const byFolder = last === undefined || splitOfWord(last) !== undefined ? undefined : last;
  return { path, split, label: patterns.label === undefined ? byFolder : byPattern() };

  function byPattern(): string {
    const match = patterns.label!.exec(name);
    if (match !== null) return match[1] ?? match[0];
    throw new DataError(
      `Cannot tokenize "${patterns.id}": the name of "${path}" does not match the label pattern ` +
        `${patterns.label}`,
    );
  }
}

/** Whether the user does not mean a file. */
export const isHidden = (path: string) => basename(path).startsWith(".");

/** The error of data without files of a format. */
export function noFiles(id: string, path: string, extensions: readonly string[]): MissingError {
  const endings = extensions.map((extension) => `.${extension}`).join(", ");
  return new MissingError(
    `Cannot tokenize "${id}": "${path}" holds no files that end in ${endings}`,
  );
}
