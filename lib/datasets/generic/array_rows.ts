/**
 * Streams the rows (along the first axis) of NumPy arrays that need not fit into memory.
 *
 * @module
 */

import { readZip } from "../../formats/archive/mod.ts";
import { type Chunks, openFileSource, readFileChunks } from "../../formats/bytes/mod.ts";
import { decodeNumpy, type NpyHeader, readNpyHeader } from "../../formats/tensor/mod.ts";
import { concatBytes, DataError, elementCount, type NdArray } from "../../util/mod.ts";

/** An array in a file. */
export interface StoredArray {
  /** Name for messages. */
  readonly name: string;
  readonly header: NpyHeader;
  /** All elements of the rows from the first one on, in blocks of whole rows. */
  rows(): AsyncGenerator<NdArray>;
}

/** Bytes that the longest header takes. */
const longestHeader = 2 ** 16;
/** Bytes of a block of rows, roughly. */
const blockBytes = 2 ** 20;

/**
 * The arrays of a `.npy` file (under the name `""`) or a `.npz` file (by their names).
 *
 * @throws {DataError} If the file is damaged or an array holds no plain numbers.
 */
export async function openArrays(path: string): Promise<ReadonlyMap<string, StoredArray>> {
  await using source = await openFileSource(path);
  if (!/\.npz$/i.test(path)) {
    const start = await source.read(0, Math.min(source.size, longestHeader));
    return new Map([["", storedArray(path, start, source.size, () => readFileChunks(path))]]);
  }
  const arrays = new Map<string, StoredArray>();
  for (const entry of await readZip(source)) {
    const name = `${path}/${entry.name}`;
    const start = await startOf(entry.chunks());
    const chunks = () => entryChunks(path, entry.name);
    arrays.set(entry.name.replace(/\.npy$/, ""), storedArray(name, start, entry.size, chunks));
  }
  return arrays;
}

function storedArray(
  name: string,
  start: Uint8Array,
  size: number,
  chunks: () => Chunks,
): StoredArray {
  const header = readNpyHeader(start, { name });
  const { dataOffset, dataBytes, shape, fortran, type } = header;
  if (size !== dataOffset + dataBytes) {
    throw new DataError(
      `Cannot read "${name}": it has ${size} bytes, its header promises ${dataOffset + dataBytes}`,
    );
  }
  const [count = 1, ...rest] = shape;
  const rowBytes = elementCount(rest) * type.itemBytes;
  if (count === 0 || rowBytes === 0) {
    throw new DataError(`Cannot read "${name}": its shape is (${shape.join(", ")}), it is empty`);
  }
  return {
    name,
    header,
    async *rows() {
      // Fortran order has the rows interleaved: nothing is whole before the end.
      const rowsPerBlock = fortran ? count : Math.max(1, Math.floor(blockBytes / rowBytes));
      let done = 0;
      for await (const bytes of blocks(chunks(), dataOffset, rowsPerBlock * rowBytes)) {
        const rows = bytes.length / rowBytes;
        done += rows;
        yield decodeNumpy(bytes, type, { shape: [rows, ...rest], fortran }, `"${name}"`);
      }
      if (done !== count) {
        throw new DataError(`Cannot read "${name}": it has ${done} rows, ${count} are wanted`);
      }
    },
  };
}

/** Cuts a stream, from an offset on, into blocks of one size; the last may be shorter. */
async function* blocks(
  chunks: Chunks,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let skip = offset;
  let parts: Uint8Array[] = [];
  let gathered = 0;
  for await (const chunk of chunks) {
    let at = Math.min(skip, chunk.length);
    skip -= at;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + size - gathered);
      parts.push(part);
      gathered += part.length;
      at += part.length;
      if (gathered < size) continue;
      yield concatBytes(parts);
      [parts, gathered] = [[], 0];
    }
  }
  if (gathered > 0) yield concatBytes(parts);
}

async function startOf(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= longestHeader) break;
  }
  return concatBytes(parts);
}

async function* entryChunks(
  path: string,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using source = await openFileSource(path);
  const entry = (await readZip(source)).find((found) => found.name === name);
  if (entry !== undefined) yield* entry.chunks();
}
