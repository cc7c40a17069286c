/**
 * Reads rows of a table by position: whole shards kept in memory for small stores, positional reads
 * of neighbouring rows for large ones.
 *
 * @module
 */

import {
  byteSize,
  DataError,
  explained,
  join,
  readFully,
  sha256,
  type TypedArrays,
  typedArrays,
} from "../util/mod.ts";
import type { StoreTable } from "../documents/mod.ts";

/** Unwanted bytes between two runs of rows that are read along rather than skipped. */
const gapBytes = 16 * 2 ** 10;
/** Most bytes of one read of several runs. */
const spanBytes = 2 ** 20;

/** Reads rows of a table. */
export interface TableReader {
  /**
   * Reads runs of consecutive rows.
   *
   * @param starts First row of every run.
   * @param length Rows of a run.
   * @returns The elements of all runs, one after the other.
   * @throws {RangeError} If a run leaves the table.
   * @throws {DataError} If a shard is damaged (when it is kept in memory) or has become shorter.
   */
  read(starts: ArrayLike<number>, length: number): Promise<TypedArrays[StoreTable["dtype"]]>;
}

/** Options of {@linkcode createTableReader}. */
export interface TableReaderOptions {
  readonly folder: string;
  /** Whether shards are kept in memory once they are touched, and checked then. */
  readonly cached: boolean;
  readonly files: FilePool;
}

interface Shard {
  readonly path: string;
  readonly first: number;
  readonly end: number;
  readonly sha256: string;
  contents: Promise<Uint8Array> | undefined;
}

/** One contiguous piece of a shard and where its bytes go. */
interface Piece {
  readonly shard: Shard;
  readonly offset: number;
  readonly bytes: number;
  readonly target: number;
}

/** Makes a reader of a table whose files have been found to be of the right size. */
export function createTableReader(table: StoreTable, options: TableReaderOptions): TableReader {
  const { folder, cached, files } = options;
  const rowBytes = table.width * byteSize(table.dtype);
  let rows = 0;
  const shards = table.shards.map(({ rows: count, file }): Shard => {
    const first = rows;
    rows += count;
    const path = join(folder, file.name);
    return { path, first, end: rows, sha256: file.sha256, contents: undefined };
  });
  const cut = (starts: ArrayLike<number>, length: number): Piece[] => {
    const pieces: Piece[] = [];
    let target = 0;
    for (let i = 0; i < starts.length; i++) {
      const start = starts[i]!;
      if (!(start >= 0 && start + length <= rows)) {
        throw new RangeError(
          `Cannot read rows ${start}..${start + length - 1}: the store has ${rows} rows`,
        );
      }
      for (let row = start, s = find(shards, start); row < start + length; s++) {
        const shard = shards[s]!;
        const end = Math.min(start + length, shard.end);
        const bytes = (end - row) * rowBytes;
        pieces.push({ shard, offset: (row - shard.first) * rowBytes, bytes, target });
        target += bytes;
        row = end;
      }
    }
    return pieces;
  };
  return {
    read: async (starts, length) => {
      const pieces = cut(starts, length);
      const elements = new typedArrays[table.dtype](starts.length * length * table.width);
      const out = new Uint8Array(elements.buffer);
      await (cached ? copyFromMemory(pieces, out) : readFromDisk(pieces, out, files));
      return elements;
    },
  };
}

/** Index of the shard that holds a row. */
function find(shards: readonly Shard[], row: number): number {
  let [low, high] = [0, shards.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row < shards[middle]!.end) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function copyFromMemory(pieces: readonly Piece[], out: Uint8Array): Promise<void> {
  for (const { shard, offset, bytes, target } of pieces) {
    shard.contents ??= loadShard(shard);
    out.set((await shard.contents).subarray(offset, offset + bytes), target);
  }
}

async function loadShard({ path, sha256: expected }: Shard): Promise<Uint8Array> {
  const contents = await Deno.readFile(path);
  if (sha256(contents) !== expected) {
    throw new DataError(`Cannot read "${path}": its contents have changed since it was written`, {
      hint: "Make the store again with tokenize --force",
    });
  }
  return contents;
}

/** Reads pieces in file order, neighbours together, shards side by side. */
async function readFromDisk(
  pieces: readonly Piece[],
  out: Uint8Array,
  files: FilePool,
): Promise<void> {
  const sorted = pieces.toSorted((a, b) => a.shard.first - b.shard.first || a.offset - b.offset);
  const reads: Promise<void>[] = [];
  for (let i = 0; i < sorted.length;) {
    const { shard, offset } = sorted[i]!;
    let end = offset + sorted[i]!.bytes;
    const group = [sorted[i++]!];
    for (; i < sorted.length; i++) {
      const next = sorted[i]!;
      const nextEnd = Math.max(end, next.offset + next.bytes);
      if (next.shard !== shard || next.offset > end + gapBytes || nextEnd > offset + spanBytes) {
        break;
      }
      end = nextEnd;
      group.push(next);
    }
    reads.push(readGroup(shard, offset, end, group, out, files));
  }
  await Promise.all(reads);
}

async function readGroup(
  shard: Shard,
  offset: number,
  end: number,
  group: readonly Piece[],
  out: Uint8Array,
  files: FilePool,
): Promise<void> {
  const [only] = group;
  if (group.length === 1) {
    await files.read(shard.path, offset, out.subarray(only!.target, only!.target + only!.bytes));
    return;
  }
  const span = new Uint8Array(end - offset);
  await files.read(shard.path, offset, span);
  for (const { offset: from, bytes, target } of group) {
    out.set(span.subarray(from - offset, from - offset + bytes), target);
  }
}

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
