/**
 * The elements of HDF5's chunked data sets.
 *
 * Source: "HDF5 File Format Specification", version 3.0, section III.A.1.
 *
 * @module
 */

import { inflateSync } from "node:zlib";
import { DataError, elementCount, reasonOf } from "../../util/mod.ts";
import { type Hdf5Context, hdf5Fields } from "./hdf5_fields.ts";
import { type Hdf5Source, readAt } from "./hdf5_object.ts";

/** Largest data set or chunk that is read at once. */
export const largestHdf5Data = 2 ** 28;
const deepest = 64;

/** A data set whose chunks are read. */
export interface ChunkTarget {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly itemBytes: number;
  /** Filters that the chunks have passed, in order: 1 deflate, 2 shuffle, 3 Fletcher checksum. */
  readonly filters: readonly number[];
  /** All elements, which the chunks are copied to. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Walks the tree of chunks and copies each to its place.
 *
 * @param address Root of the tree.
 * @throws {DataError} If a chunk is damaged or has passed a filter that is not known.
 */
export async function readChunks(
  file: Hdf5Source,
  address: number,
  target: ChunkTarget,
  depth = 0,
): Promise<void> {
  const { context } = file;
  const head = hdf5Fields(await readAt(file, address, 8), context);
  head.signature("TREE");
  if (head.integer(1) !== 1 || depth > deepest) {
    throw head.error("it is damaged, chunks are missing");
  }
  const level = head.integer(1);
  const count = head.integer(2);
  const rank = target.shape.length;
  const entryBytes = 8 + 8 * (rank + 1) + context.offsetBytes;
  const length = 2 * context.offsetBytes + count * entryBytes;
  const fields = hdf5Fields(await readAt(file, address + 8, length), context);
  fields.skip(2 * context.offsetBytes);
  for (let i = 0; i < count; i++) {
    const packed = fields.integer(4);
    const skipped = fields.integer(4);
    const start = Array.from({ length: rank }, () => fields.integer(8));
    fields.skip(8);
    const child = fields.address();
    if (child === undefined) continue;
    if (level > 0) await readChunks(file, child, target, depth + 1);
    else {copyChunk(
        unpackChunk(await readAt(file, child, packed), skipped, target, context),
        start,
        target,
      );}
  }
}

/** Undoes the filters of a chunk, the last one first. */
function unpackChunk(
  packed: Uint8Array<ArrayBuffer>,
  skipped: number,
  { chunk, itemBytes, filters }: ChunkTarget,
  { name }: Hdf5Context,
): Uint8Array<ArrayBuffer> {
  const fail = (what: string, cause?: unknown) =>
    new DataError(`Cannot read "${name}": ${what}`, { cause });
  const size = elementCount(chunk) * itemBytes;
  if (!(size <= largestHdf5Data)) {
    throw fail(`a chunk has ${size} bytes, at most ${largestHdf5Data} are read`);
  }
  let bytes = packed;
  for (const [i, filter] of [...filters.entries()].reverse()) {
    if ((skipped >> i) & 1) continue;
    if (filter === 1) {
      try {
        bytes = new Uint8Array(inflateSync(bytes, { maxOutputLength: size + 4 }));
      } catch (cause) {
        throw fail(`a chunk is damaged (${reasonOf(cause)})`, cause);
      }
    } else if (filter === 2) bytes = unshuffle(bytes, itemBytes);
    else if (filter === 3) bytes = bytes.subarray(0, bytes.length - 4);
    else {throw fail(
        `its chunks have passed the filter ${filter}, wanted deflate, shuffle or Fletcher`,
      );}
  }
  if (bytes.length !== size) {
    throw fail(`a chunk has ${bytes.length} bytes, its shape wants ${size}`);
  }
  return bytes;
}

/** The shuffle filter puts the first bytes of all elements first, then the second ones. */
function unshuffle(bytes: Uint8Array<ArrayBuffer>, itemBytes: number): Uint8Array<ArrayBuffer> {
  const count = Math.floor(bytes.length / itemBytes);
  const result = bytes.slice();
  for (let i = 0; i < count * itemBytes; i++) {
    result[(i % count) * itemBytes + Math.floor(i / count)] = bytes[i]!;
  }
  return result;
}

/** Copies a chunk to its place, row by row; chunks at the border reach over it. */
function copyChunk(
  bytes: Uint8Array<ArrayBuffer>,
  start: readonly number[],
  { shape, chunk, itemBytes, data }: ChunkTarget,
): void {
  if (start.some((at, axis) => at >= shape[axis]!)) return;
  const copy = (axis: number, from: number, to: number) => {
    const count = Math.min(chunk[axis]!, shape[axis]! - start[axis]!);
    if (axis === shape.length - 1) {
      const first = (to + start[axis]!) * itemBytes;
      data.set(bytes.subarray(from * itemBytes, (from + count) * itemBytes), first);
      return;
    }
    for (let i = 0; i < count; i++) {
      copy(
        axis + 1,
        (from + i) * chunk[axis + 1]!,
        (to + start[axis]! + i) * shape[axis + 1]!,
      );
    }
  };
  copy(0, 0, 0);
}
