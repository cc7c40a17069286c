/**
 * Writes rows of fixed size into shards, with flat memory.
 *
 * @module
 */

import {
  createHasher,
  type FileSystem,
  type Hasher,
  join,
  type TypedArrays,
  typedArrays,
  type WritableFile,
} from "../util/mod.ts";
import type {
  ShardState,
  StoreDtype,
  StoreFile,
  StoreTable,
  TableState,
} from "../documents/mod.ts";
import type { RowElements } from "./store_writer.ts";

/** Bytes of a shard, roughly. */
export const defaultShardBytes = 64 * 2 ** 20;

const bufferBytes = 2 ** 20;

/** Elements of rows of any type. */
export type Rows = RowElements | readonly number[];

/** Where and what a table is written. */
export interface TableWriterOptions {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  /** Start of the file names, such as `labels`. */
  readonly stem: string;
  readonly dtype: StoreDtype;
  /** Elements of a row. */
  readonly width: number;
  readonly shardBytes?: number | undefined;
  /** What an earlier run has left of the table: rows go on behind it. */
  readonly kept?: KeptTable | undefined;
}

/** The shards that are there, and the digest so far of the last of them. */
export interface KeptTable {
  readonly shards: readonly ShardState[];
  readonly hasher: Hasher;
}

/** Takes rows one after the other. */
export interface TableWriter {
  /**
   * Appends rows of `width` elements, copied before the call returns.
   *
   * @returns A promise when a buffer was handed to the disk: to be waited for, so that buffers do
   * not pile up.
   */
  append(rows: Rows): Promise<void> | undefined;
  /** Shards that were finished since the last checkpoint. */
  readonly finished: number;
  /**
   * Brings all rows that were appended to the disk.
   *
   * @returns What has changed since the last checkpoint.
   */
  checkpoint(): Promise<TableState>;
  /** Writes what is left and describes the table. */
  finish(): Promise<StoreTable>;
  /** Waits for what is under way and closes the file that is open, if any. */
  abandon(): Promise<void>;
}

/** Starts a table in an existing folder. */
export function createTableWriter(options: TableWriterOptions): TableWriter {
  const { dtype, width, kept } = options;
  const rowBytes = width * typedArrays[dtype].BYTES_PER_ELEMENT;
  const shardRows = Math.max(1, Math.floor((options.shardBytes ?? defaultShardBytes) / rowBytes));
  const bufferRows = Math.max(1, Math.min(shardRows, Math.floor(bufferBytes / rowBytes)));
  // Whole buffers a shard, so that no buffer spans two.
  const shards = createShardWriter(options, shardRows - shardRows % bufferRows);
  const createBuffer = () => new typedArrays[dtype](bufferRows * width);
  let buffer = createBuffer();
  let filled = 0;
  const last = kept?.shards.at(-1);
  /** Rows that the current buffer takes: a shard ends with one. */
  let room = bufferRows - (last?.open ? last.rows : 0) % bufferRows;
  let tail: Promise<void> = Promise.resolve();

  /** Does work when all before is done. */
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const done = tail.then(work);
    tail = done.then(() => undefined);
    // Whoever waits sees the failure; nobody waiting must not end the process.
    tail.catch(() => undefined);
    return done;
  };
  const flush = () => {
    const full = buffer.subarray(0, filled * width);
    room = room === filled ? bufferRows : room - filled;
    [buffer, filled] = [createBuffer(), 0];
    queue(() => shards.write(full));
    return tail;
  };
  return {
    append: (rows) => {
      let waits: Promise<void> | undefined;
      const count = rows.length / width;
      for (let at = 0; at < count;) {
        const n = Math.min(count - at, room - filled);
        const part = n === count ? rows : rows.slice(at * width, (at + n) * width);
        buffer.set(part, filled * width);
        [at, filled] = [at + n, filled + n];
        // Buffers go to the disk one after the other, so that the last one's promise is enough.
        if (filled === room) waits = flush();
      }
      return waits;
    },
    get finished() {
      return shards.finished;
    },
    checkpoint: () => {
      if (filled > 0) flush();
      return queue(shards.changes);
    },
    finish: async () => {
      if (filled > 0) await flush();
      await tail;
      return { dtype, width, shards: await shards.finish() };
    },
    abandon: () => tail.catch(() => undefined).then(shards.abandon),
  };
}

/** Writes buffers into shards of `rowsPerShard` rows, one after the other. */
function createShardWriter(options: TableWriterOptions, rowsPerShard: number) {
  const { fileSystem, folder, stem, width } = options;
  const { shards: kept = [], hasher } = options.kept ?? {};
  const shards: StoreTable["shards"] = [];
  for (const [k, { open, rows, bytes, sha256 }] of kept.entries()) {
    const name = shardName(`${stem}-${k}`, sha256);
    if (!open) shards.push({ rows, file: { name, bytes, sha256 } });
  }
  const last = kept.at(-1)?.open ? kept.at(-1) : undefined;
  /** Shards that the last checkpoint told of. */
  let recorded = shards.length;
  let current: { readonly file: StreamedFile; rows: number } | undefined;

  const open = async () => {
    const place = [fileSystem, folder, `${stem}-${shards.length}`] as const;
    return last !== undefined && shards.length === kept.length - 1
      ? { file: await reopenStreamedFile(...place, last.bytes, hasher!), rows: last.rows }
      : { file: await createStreamedFile(...place), rows: 0 };
  };
  const close = async () => {
    if (current === undefined) return;
    shards.push({ rows: current.rows, file: await current.file.finish() });
    current = undefined;
  };
  return {
    get finished() {
      return shards.length - recorded;
    },
    write: async (rows: TypedArrays[StoreDtype]) => {
      current ??= await open();
      await current.file.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      current.rows += rows.length / width;
      if (current.rows === rowsPerShard) await close();
    },
    /** What has changed since the last call. */
    changes: async (): Promise<TableState> => {
      const first = recorded;
      recorded = shards.length;
      const done = shards.slice(first).map(({ rows, file: { bytes, sha256 } }): ShardState => ({
        rows,
        bytes,
        sha256,
        open: false,
      }));
      if (current === undefined) return { stem, first, shards: done };
      const left = { rows: current.rows, ...await current.file.sync(), open: true };
      return { stem, first, shards: [...done, left] };
    },
    finish: async () => {
      // A shard that was left open may have got no more rows.
      if (last !== undefined && shards.length < kept.length) current ??= await open();
      await close();
      return shards;
    },
    abandon: () => current?.file.abandon(),
  };
}

/** Name of a shard by its digest; without one, the name that it has while it is written. */
export function shardName(stem: string, sha256?: string): string {
  return sha256 === undefined ? `${stem}.partial` : `${stem}.${sha256.slice(0, 16)}.bin`;
}

/** A file of a store that is being written: its name is known at its end. */
export interface StreamedFile {
  /** Appends bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Brings the bytes so far to the disk. */
  sync(): Promise<Omit<StoreFile, "name">>;
  /** Brings the file to the disk and names it by its contents. */
  finish(): Promise<StoreFile>;
  /** Closes the file. */
  abandon(): void;
}

/** Starts a file whose name ends in the digest of its contents. */
export async function createStreamedFile(
  fileSystem: FileSystem,
  folder: string,
  stem: string,
): Promise<StreamedFile> {
  const file = await fileSystem.create(join(folder, shardName(stem)));
  return streamedFile(fileSystem, folder, stem, { file, bytes: 0, hasher: createHasher() });
}

/** Goes on with such a file behind its first bytes, which were digested already. */
async function reopenStreamedFile(
  fileSystem: FileSystem,
  folder: string,
  stem: string,
  bytes: number,
  hasher: Hasher,
): Promise<StreamedFile> {
  const file = await fileSystem.reopen(join(folder, shardName(stem)), bytes);
  return streamedFile(fileSystem, folder, stem, { file, bytes, hasher });
}

function streamedFile(
  fileSystem: FileSystem,
  folder: string,
  stem: string,
  start: { readonly file: WritableFile; readonly bytes: number; readonly hasher: Hasher },
): StreamedFile {
  const { file, hasher } = start;
  let { bytes } = start;
  return {
    write: async (piece) => {
      hasher.update(piece);
      bytes += piece.length;
      await file.write(piece);
    },
    sync: async () => {
      await file.sync();
      return { bytes, sha256: hasher.peek() };
    },
    finish: async () => {
      await file.sync();
      file.close();
      const sha256 = hasher.hex();
      const name = shardName(stem, sha256);
      await fileSystem.rename(join(folder, shardName(stem)), join(folder, name));
      return { name, bytes, sha256 };
    },
    abandon: () => file.close(),
  };
}
