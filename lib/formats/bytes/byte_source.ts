/**
 * Bytes of files and of parts of files: read at random, or as a stream of chunks.
 *
 * @module
 */

import { open } from "node:fs/promises";
import { concatBytes, DataError, explained, unreadable } from "../../util/mod.ts";

/** A stream of bytes. Chunks belong to the receiver: nobody overwrites them later. */
export type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Random access to a run of bytes. */
export interface ByteSource {
  /** Name for messages. */
  readonly name: string;
  readonly size: number;
  /**
   * Reads exactly `length` bytes.
   *
   * @throws {DataError} If the source ends before.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file open for reading, to be disposed of. */
export interface FileSource extends ByteSource, AsyncDisposable {}

/** Bytes that one read of a stream asks for. */
export const chunkBytes = 1 << 18;

/**
 * Opens a file for positional reads, which may overlap in time.
 *
 * @throws {MissingError} If there is no such file, or the permission to read it is missing.
 * @throws {StorageError} If it cannot be read.
 */
export function openFileSource(path: string): Promise<FileSource> {
  const action = `Cannot read "${path}"`;
  return explained(action, async () => {
    const file = await open(path, "r");
    const { size } = await file.stat();
    return {
      name: path,
      size,
      read: (offset, length) =>
        explained(action, async () => {
          checkRange(path, size, offset, length);
          const bytes = new Uint8Array(length);
          let done = 0;
          while (done < length) {
            const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
            if (bytesRead === 0) throw truncated(path, offset + done, offset + length);
            done += bytesRead;
          }
          return bytes;
        }),
      [Symbol.asyncDispose]: () => file.close(),
    };
  });
}

/** Random access to bytes in memory. */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(name, bytes.length, offset, length);
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

/** The part of a source from `start` up to, not including, `end`. */
export function sliceSource(source: ByteSource, start: number, end: number): ByteSource {
  return {
    name: source.name,
    size: end - start,
    read(offset, length) {
      checkRange(source.name, end - start, offset, length);
      return source.read(start + offset, length);
    },
  };
}

/** Streams a source from `start` up to, not including, `end`. */
export async function* chunksOf(
  source: ByteSource,
  start = 0,
  end = source.size,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let offset = start; offset < end; offset += chunkBytes) {
    yield await source.read(offset, Math.min(chunkBytes, end - offset));
  }
}

/** Streams a whole file. */
export async function* readFileChunks(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using source = await openFileSource(path);
  yield* chunksOf(source);
}

/** Options of {@linkcode readAll}. */
export interface ReadAllOptions {
  /** Name for messages. */
  readonly name: string;
  /** Most bytes that are accepted. */
  readonly limit: number;
}

/**
 * Collects a stream that is expected to be small.
 *
 * @throws {DataError} If it holds more than `limit` bytes.
 */
export async function readAll(
  chunks: Chunks,
  options: ReadAllOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > options.limit) {
      throw unreadable(options.name, `it holds more than the ${options.limit} bytes expected`);
    }
    parts.push(chunk);
  }
  return concatBytes(parts);
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw truncated(name, size, offset + length);
  }
}

function truncated(name: string, end: number, wanted: number): DataError {
  return unreadable(name, `it ends at byte ${end}, bytes up to ${wanted} are wanted`);
}

const pageBytes = 1 << 18;
const keptPages = 64;

/** Reads a source page by page; at most 16 MiB are kept. */
export function pagedSource(source: ByteSource): ByteSource {
  // The order of a map is the order of insertion: the first page is the one that was not used
  // longest.
  const pages = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  const pageOf = (index: number) => {
    const start = index * pageBytes;
    const page = pages.get(index) ??
      source.read(start, Math.min(pageBytes, source.size - start));
    pages.delete(index);
    pages.set(index, page);
    if (pages.size > keptPages) pages.delete(pages.keys().next().value!);
    return page;
  };
  return {
    name: source.name,
    size: source.size,
    async read(offset, length) {
      // Long parts would only displace the pages, and what lies outside has its error there.
      if (length > pageBytes || offset < 0 || offset + length > source.size) {
        return await source.read(offset, length);
      }
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const at = offset + done;
        const page = await pageOf(Math.floor(at / pageBytes));
        const part = page.subarray(at % pageBytes, at % pageBytes + length - done);
        bytes.set(part, done);
        done += part.length;
      }
      return bytes;
    },
  };
}
