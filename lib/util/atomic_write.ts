/**
 * Writing a file so that its name shows either the old contents or the complete new ones.
 *
 * @module
 */

import { basename, dirname, join } from "./path.ts";
import { disk, type FileSystem } from "./file_system.ts";
import { explained } from "./io_errors.ts";
import { prettyJson } from "./json.ts";

/** Options of {@linkcode writeFileAtomic} and {@linkcode writeJsonAtomic}. */
export interface AtomicWriteOptions {
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/** Contents of a file: bytes, a text in UTF-8, or bytes piece by piece. */
export type FileContents = Uint8Array | string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Name beside `path` for something unfinished; hidden, and never given twice. */
export function temporarySibling(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp-${crypto.randomUUID().slice(0, 8)}`);
}

/**
 * Writes a file under a temporary name, waits until it is on the disk, and renames it.
 *
 * @throws {StorageError} If the disk is full, read-only or fails; the old contents are then still
 * there and nothing is left behind.
 */
export async function writeFileAtomic(
  path: string,
  contents: FileContents,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const fileSystem = options.fileSystem ?? disk;
  const temporary = temporarySibling(path);
  await explained(`Cannot write "${path}"`, async () => {
    try {
      const file = await fileSystem.create(temporary);
      try {
        for await (const piece of pieces(contents)) await file.write(piece);
        await file.sync();
      } finally {
        file.close();
      }
      await fileSystem.rename(temporary, path);
      await fileSystem.syncFolder(dirname(path));
    } catch (error) {
      await fileSystem.remove(temporary).catch(() => undefined);
      throw error;
    }
  });
}

/** Writes a JSON document as {@linkcode writeFileAtomic} does. */
export function writeJsonAtomic(
  path: string,
  value: unknown,
  options?: AtomicWriteOptions,
): Promise<void> {
  return writeFileAtomic(path, prettyJson(value), options);
}

function pieces(contents: FileContents): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof contents === "string") return [new TextEncoder().encode(contents)];
  return contents instanceof Uint8Array ? [contents] : contents;
}
