/**
 * Open files for positional reads, with a bound on how many are open.
 *
 * @module
 */

import { explained, readFully } from "../util/mod.ts";

/** Reads from many files. */
export interface FilePool {
  /**
   * Fills `target` with the bytes of a file from `position` on.
   *
   * @throws {MissingError} If there is no such file.
   * @throws {StorageError} If it cannot be read.
   * @throws {DataError} If it ends before.
   */
  read(path: string, position: number, target: Uint8Array): Promise<void>;
  /** Closes all files; later reads are refused. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly file: Promise<Deno.FsFile>;
  /** End of the last read: a file has one position, so its reads take turns. */
  queue: Promise<unknown>;
  waiting: number;
}

/** Options of {@linkcode createFilePool}. */
export interface FilePoolOptions {
  /** Files that stay open; more only while that many are being read at once. */
  readonly limit?: number;
  /** Opens a file for reading. */
  readonly open?: (path: string) => Promise<Deno.FsFile>;
}

/** Makes a pool that closes the files used longest ago. */
export function createFilePool(options: FilePoolOptions = {}): FilePool {
  const { limit = 64, open: openFile = (path) => Deno.open(path, { read: true }) } = options;
  // A map keeps insertion order: the first entry is the one used longest ago.
  const open = new Map<string, OpenFile>();
  let closed = false;

  const take = (path: string): OpenFile => {
    const entry = open.get(path) ??
      { file: openFile(path), queue: Promise.resolve(), waiting: 0 };
    open.delete(path);
    open.set(path, entry);
    for (const [other, idle] of open) {
      if (open.size <= limit) break;
      if (idle.waiting > 0 || idle === entry) continue;
      open.delete(other);
      idle.file.then((file) => file.close(), () => undefined);
    }
    return entry;
  };
  return {
    read: (path, position, target) =>
      explained(`Cannot read "${path}"`, async () => {
        if (closed) throw new Error(`Cannot read "${path}": the store has been closed`);
        const entry = take(path);
        entry.waiting++;
        const turn = entry.queue.then(async () =>
          readFully(await entry.file, position, target, `"${path}"`)
        );
        entry.queue = turn.catch(() => undefined);
        try {
          await turn;
        } catch (error) {
          // A file that could not be opened may be there the next time.
          if (open.get(path) === entry && entry.waiting === 1) {
            open.delete(path);
            entry.file.then((file) => file.close(), () => undefined);
          }
          throw error;
        } finally {
          entry.waiting--;
        }
      }),
    close: async () => {
      closed = true;
      const entries = [...open.values()];
      open.clear();
      for (const { file, queue } of entries) {
        await queue;
        await file.then((file) => file.close(), () => undefined);
      }
    },
  };
}
