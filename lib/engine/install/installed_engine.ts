/**
 * The record of an installed engine: `engine.json`, written last, so that a folder without it is
 * not one.
 *
 * @module
 */

import { type InstalledEngine, installedEngine } from "../../documents/mod.ts";
import {
  cacheDir,
  DataError,
  explainIoError,
  join,
  type UserFolderOptions,
} from "../../util/mod.ts";

/** Folder of all installed engines in the user's cache folder. */
export function engineFolder(options: UserFolderOptions = {}): string {
  return join(cacheDir(options), "engine");
}

/**
 * Reads the record of an engine and checks that its files are there, by name and size.
 *
 * @param folder Folder of one engine.
 * @throws {MissingError} If there is no such folder, no record, or a file is absent.
 * @throws {DataError} If the record is damaged or a file has another size.
 * @throws {StorageError} If it cannot be read.
 */
export function readInstalledEngine(folder: string): InstalledEngine {
  const path = join(folder, installedEngine.file);
  const text = reading(path, () => Deno.readTextFileSync(path));
  const record = installedEngine.parseText(text, folder);
  for (const file of record.files) {
    const size = reading(
      join(folder, file.path),
      () => Deno.statSync(join(folder, file.path)).size,
    );
    if (size !== file.bytes) {
      throw new DataError(
        `Cannot use "${
          join(folder, file.path)
        }": it has ${size} bytes, ${file.bytes} were installed`,
      );
    }
  }
  return record;
}

function reading<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explainIoError(error, `Cannot read "${path}"`);
  }
}
