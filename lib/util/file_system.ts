/**
 * The few operations by which this program changes a disk, behind an interface, so that tests can
 * let any one of them fail.
 *
 * @module
 */

import { AppError } from "./errors.ts";
import { explainIoError, ioErrorCode } from "./io_errors.ts";

/** A file that is being written from its start. */
export interface WritableFile {
  /** Appends all bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits until the contents are on the disk. */
  sync(): Promise<void>;
  /** Closes the file; may be called more than once. */
  close(): void;
}

/** Operations that change a disk. */
export interface FileSystem {
  /** Creates a file that must not exist. */
  create(path: string): Promise<WritableFile>;
  /** Opens a file that exists, cuts it to its first `bytes` bytes and goes on behind them. */
  reopen(path: string, bytes: number): Promise<WritableFile>;
  /** Creates a folder and its parents; existing ones are fine. */
  makeFolder(path: string): Promise<void>;
  /** Renames a file (replacing the target) or a folder. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that it holds; nothing there is fine. */
  remove(path: string): Promise<void>;
  /** Waits until the names in a folder are on the disk. */
  syncFolder(path: string): Promise<void>;
}

/** The real disk. */
export const disk: FileSystem = {
  create: async (path) => writableFile(await Deno.open(path, { write: true, createNew: true })),
  reopen: async (path, bytes) => {
    const file = await Deno.open(path, { write: true });
    try {
      await file.truncate(bytes);
      await file.seek(bytes, Deno.SeekMode.Start);
    } catch (error) {
      file.close();
      throw error;
    }
    return writableFile(file);
  },
  makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
  rename: (from, to) => Deno.rename(from, to),
  remove: async (path) => void await ifThere(Deno.remove(path, { recursive: true })),
  syncFolder: async (path) => {
    // Windows cannot open folders, and its file systems journal the names.
    if (Deno.build.os === "windows") return;
    using folder = await Deno.open(path, { read: true });
    try {
      await folder.sync();
    } catch (error) {
      // Some network file systems do not know how to sync a folder.
      if (!["EINVAL", "ENOTSUP"].includes(ioErrorCode(error) ?? "")) throw error;
    }
  },
};

function writableFile(file: Deno.FsFile): WritableFile {
  let open = true;
  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    },
    sync: () => file.sync(),
    close: () => {
      if (open) file.close();
      open = false;
    },
  };
}

/**
 * What an operation on a path gives; undefined if there is nothing at the path.
 *
 * @example
 * ```ts
 * import { ifThere } from "./file_system.ts";
 * console.assert(await ifThere(Deno.readTextFile("no such file")) === undefined);
 * ```
 */
export async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    // An error that was explained has the one of the system as its cause.
    const cause = error instanceof AppError ? error.cause : error;
    if (ioErrorCode(cause) === "ENOENT") return undefined;
    throw error;
  }
}

/** What is known about a file or folder; undefined if there is none. */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await ifThere(Deno.stat(path));
  } catch (error) {
    // A part of the path is a file: nothing is below it.
    if (ioErrorCode(error) === "ENOTDIR") return undefined;
    throw explainIoError(error, `Cannot read "${path}"`);
  }
}

/** Names in a folder, sorted; undefined if there is none. */
export async function namesIn(path: string): Promise<string[] | undefined> {
  const entries = await ifThere(Array.fromAsync(Deno.readDir(path)));
  return entries?.map(({ name }) => name).sort();
}
