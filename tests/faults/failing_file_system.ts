/**
 * A disk that fails at a chosen operation, for tests of everything that must survive failures.
 *
 * @module
 */

import { disk, type FileSystem, type WritableFile } from "../../lib/util/file_system.ts";

/** A failing disk and the number of operations that reached it. */
export interface FailingFileSystem {
  readonly fileSystem: FileSystem;
  /** Operations so far, the failed ones included. */
  readonly operations: () => number;
}

/** Options of {@linkcode failingFileSystem}. */
export interface FailingFileSystemOptions {
  /** System code of the failure. */
  readonly code?: string;
  /** Whether every later operation fails too, as on a disk that is gone; else just the one. */
  readonly stays?: boolean;
}

/**
 * The real disk, except that operation number `failing` (from 1) fails. A write that fails leaves
 * half of its bytes behind, as a full disk does.
 */

export function failingFileSystem(
  failing: number,
  options: FailingFileSystemOptions = {},
): FailingFileSystem {
  const { code = "ENOSPC", stays = false } = options;
  let count = 0;
  const fails = () => {
    count++;
    return count === failing || (stays && count > failing);
  };
  const failure = () => Object.assign(new Error(`injected ${code}`), { code });
  const guarded = <T>(run: () => Promise<T>): Promise<T> =>
    fails() ? Promise.reject(failure()) : run();
  const guardFile = (file: WritableFile): WritableFile => ({
    write: async (bytes) => {
      if (!fails()) return await file.write(bytes);
      await file.write(bytes.subarray(0, bytes.length >> 1));
      throw failure();
    },
    sync: () => guarded(() => file.sync()),
    close: () => file.close(),
  });
  return {
    operations: () => count,
    fileSystem: {
      create: (path) => guarded(async () => guardFile(await disk.create(path))),
      reopen: (path, bytes) => guarded(async () => guardFile(await disk.reopen(path, bytes))),
      makeFolder: (path) => guarded(() => disk.makeFolder(path)),
      rename: (from, to) => guarded(() => disk.rename(from, to)),
      remove: (path) => guarded(() => disk.remove(path)),
      syncFolder: (path) => guarded(() => disk.syncFolder(path)),
    },
  };
}
