/**
 * Writes rows of fixed size into shards, with flat memory.
 *
 * @module
 */

import type { FileSystem, WritableFile } from "../util/file_system.ts";
import { createHasher, type Hasher } from "../util/hash.ts";
import { type TypedArrays, typedArrays } from "../util/ndarray.ts";
import { join } from "../util/path.ts";
import type { StoreDtype, StoreFile, StoreTable } from "./store_format.ts";

/** Bytes of a shard, roughly. */
export const defaultShardBytes = 64 * 2 ** 20;

const bufferBytes = 2 ** 20;

/** A row of any element type. */
export type Row = ArrayLike<number>;

/** Where and what a table is written. */
export interface TableWriterOptions {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  /** Start of the file names, such as `labels`. */
  readonly stem: string;
  readonly dtype: StoreDtype;
  /** Elements of a row. */
  readonly width: number;
  readonly shardBytes?: number;
}

/** Takes rows one after the other. */
export interface TableWriter {
  /**
   * Appends one row of `width` elements, copied before the call returns.
   *
   * @returns A promise when a buffer was handed to the disk: to be waited for, so that buffers do not
   * pile up.
   */
  append(row: Row): Promise<void> | undefined;
  /** Writes what is left and describes the table. */
  finish(): Promise<StoreTable>;
  /** Waits for what is under way and closes the file that is open, if any. */
  abandon(): Promise<void>;
}

/** Starts a table in an existing folder. */
export function createTableWriter(options: TableWriterOptions): TableWriter {
  const { fileSystem, folder, stem, dtype, width } = options;
  const elementBytes = typedArrays[dtype].BYTES_PER_ELEMENT;
  const rowBytes = width * elementBytes;
  const shardRows = Math.max(1, Math.floor((options.shardBytes ?? defaultShardBytes) / rowBytes));
  const bufferRows = Math.max(1, Math.min(shardRows, Math.floor(bufferBytes / rowBytes)));
  // Whole buffers a shard, so that no buffer spans two.
  const rowsPerShard = shardRows - shardRows % bufferRows;
  const createBuffer = () => new typedArrays[dtype](bufferRows * width);

  const shards: StoreTable["shards"] = [];
  let buffer = createBuffer();
  let filled = 0;
  let current: { readonly file: StreamedFile; rows: number } | undefined;
  let tail: Promise<void> = Promise.resolve();

  const write = async (rows: TypedArrays[StoreDtype]) => {
    current ??= {
      file: await createStreamedFile(fileSystem, folder, `${stem}-${shards.length}`),
      rows: 0,
    };
    await current.file.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
    current.rows += rows.length / width;
    if (current.rows === rowsPerShard) await closeShard();
  };
  const closeShard = async () => {
    if (current === undefined) return;
    shards.push({ rows: current.rows, file: await current.file.finish() });
    current = undefined;
  };
  const flush = () => {
    const full = buffer.subarray(0, filled * width);
    [buffer, filled] = [createBuffer(), 0];
    tail = tail.then(() => write(full));
    // Whoever waits sees the failure; nobody waiting must not end the process.
    tail.catch(() => undefined);
    return tail;
  };
  return {
    append: (row) => {
      buffer.set(row, filled * width);
      return ++filled === bufferRows ? flush() : undefined;
    },
    finish: async () => {
      if (filled > 0) await flush();
      await tail;
      await closeShard();
      return { dtype, width, shards };
    },
    abandon: async () => {
      await tail.catch(() => undefined);
      current?.file.abandon();
    },
  };
}

/** A file of a store that is being written: its name is known at its end. */
export interface StreamedFile {
  /** Appends bytes. */
  write(bytes: Uint8Array): Promise<void>;
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
  const path = join(folder, `${stem}.partial`);
  const file: WritableFile = await fileSystem.create(path);
  const hasher: Hasher = createHasher();
  let bytes = 0;
  return {
    write: async (piece) => {
      hasher.update(piece);
      bytes += piece.length;
      await file.write(piece);
    },
    finish: async () => {
      await file.sync();
      file.close();
      const sha256 = hasher.hex();
      const name = `${stem}.${sha256.slice(0, 16)}.bin`;
      await fileSystem.rename(path, join(folder, name));
      return { name, bytes, sha256 };
    },
    abandon: () => file.close(),
  };
}
