/**
 * Writing a folder so that it is there complete or not at all.
 *
 * @module
 */

import {
  basename,
  dirname,
  disk,
  explained,
  type FileSystem,
  ioErrorCode,
  join,
  lockFolder,
  resolve,
  temporarySibling,
  UsageError,
} from "../util/mod.ts";

/** Options of {@linkcode publishFolder}. */
export interface PublishFolderOptions {
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Makes a new folder: `write` fills a hidden one beside it, which then gets the name. What an earlier
 * attempt that was killed left beside it is removed.
 *
 * @param action What failed if it fails, such as `Cannot write the features "a"`.
 * @throws {UsageError} If the folder exists and holds something.
 * @throws {LockedError} If another process is writing it.
 * @throws {StorageError} If it cannot be written; nothing is left behind then.
 */
export async function publishFolder(
  path: string,
  action: string,
  write: (folder: string) => Promise<void>,
  options: PublishFolderOptions = {},
): Promise<void> {
  const fileSystem = options.fileSystem ?? disk;
  const target = resolve(path);
  await explained(action, () => fileSystem.makeFolder(dirname(target)));
  const lock = await lockFolder(target, action);
  const temporary = temporarySibling(target);
  try {
    await explained(action, async () => {
      const names = await namesIn(target);
      if (names !== undefined && names.length > 0) {
        throw new UsageError(`${action}: the folder is not empty`, { hint: "Pass another --out" });
      }
      await removeLeftovers(target, fileSystem);
      await fileSystem.makeFolder(temporary);
      await write(temporary);
      await fileSystem.syncFolder(temporary);
      // An empty folder in the way: some systems do not rename onto it.
      if (names !== undefined) await Deno.remove(target);
      await fileSystem.rename(temporary, target);
      await fileSystem.syncFolder(dirname(target));
    });
  } finally {
    await fileSystem.remove(temporary).catch(() => undefined);
    await lock.release();
  }
}

async function removeLeftovers(path: string, fileSystem: FileSystem): Promise<void> {
  const start = `.${basename(path)}.tmp-`;
  for (const name of await namesIn(dirname(path)) ?? []) {
    if (name.startsWith(start)) await fileSystem.remove(join(dirname(path), name));
  }
}

/** Names in a folder; undefined if there is none. */
async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
