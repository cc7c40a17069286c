/**
 * Tensors that grow row by row on the disk, until a safetensors file takes them.
 *
 * @module
 */

import type { TensorSource } from "../formats/tensor/mod.ts";
import {
  byteSize,
  elementCount,
  type FileSystem,
  typedArrays,
  type WritableFile,
} from "../util/mod.ts";

/** Element types of a spool. */
export type SpoolDtype = "float32" | "int32" | "uint32";

/** Rows of one tensor, appended in order. */
export interface TensorSpool {
  /** Appends whole rows. */
  append(rows: Float32Array | Int32Array | Uint32Array): Promise<void>;
  /** Ends writing and gives the tensor, which is read back piece by piece. */
  source(): TensorSource;
  /** Removes the file. */
  remove(): Promise<void>;
}

const chunkElements = 1 << 18;

/**
 * Starts a tensor.
 *
 * @param path File for the rows, which must not exist.
 * @param rowShape Shape of one row.
 */
export async function createTensorSpool(
  path: string,
  dtype: SpoolDtype,
  rowShape: readonly number[],
  fileSystem: FileSystem,
): Promise<TensorSpool> {
  const file: WritableFile = await fileSystem.create(path);
  let elements = 0;
  return {
    async append(rows) {
      await file.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      elements += rows.length;
    },
    source() {
      file.close();
      const shape = [elements / elementCount(rowShape), ...rowShape];
      return { dtype, shape, chunks: readChunks(path, dtype, elements) };
    },
    async remove() {
      file.close();
      await fileSystem.remove(path);
    },
  };
}

async function* readChunks(path: string, dtype: SpoolDtype, elements: number) {
  using file = await Deno.open(path, { read: true });
  for (let done = 0; done < elements;) {
    const length = Math.min(chunkElements, elements - done);
    const bytes = new Uint8Array(length * byteSize(dtype));
    for (let at = 0; at < bytes.length;) {
      const read = await file.read(bytes.subarray(at));
      if (read === null) throw new Deno.errors.UnexpectedEof(`"${path}" has become shorter`);
      at += read;
    }
    yield new typedArrays[dtype](bytes.buffer);
    done += length;
  }
}
