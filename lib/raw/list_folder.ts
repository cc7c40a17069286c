/**
 * Names in a folder that may not be there.
 *
 * @module
 */

import { explained, ioErrorCode } from "../util/mod.ts";

/**
 * Names of the entries of a folder, sorted; none if there is no such folder.
 *
 * @throws {StorageError} If the folder cannot be read.
 */
export function listFolder(folder: string): Promise<readonly string[]> {
  return explained(`Cannot list the folder "${folder}"`, async () => {
    try {
      const entries = await Array.fromAsync(Deno.readDir(folder));
      return entries.map(({ name }) => name).sort();
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(ioErrorCode(error) ?? "")) return [];
      throw error;
    }
  });
}
