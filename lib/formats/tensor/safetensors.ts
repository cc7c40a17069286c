/**
 * Reading and writing safetensors files: named arrays, no code.
 *
 * @module
 */

import { DataError, type Dtype, explained, type NdArray, typedArrays } from "../../util/mod.ts";
import {
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors_header.ts";

export {
  type TensorSource,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "./safetensors_writer.ts";

/** Named arrays and the free text beside them. */
export interface SafetensorsContents {
  readonly metadata: Readonly<Record<string, string>>;
  /** Arrays in the order of the header. */
  readonly tensors: ReadonlyMap<string, NdArray>;
}

/** An open file whose tensors are read one by one. */
export interface SafetensorsFile extends Disposable {
  readonly metadata: Readonly<Record<string, string>>;
  /** Element types (F16 and BF16 are read as float32) and shapes, in the order of the header. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly dtype: Dtype; readonly stored: string; readonly shape: readonly number[] }
  >;
  /**
   * Reads one tensor.
   *
   * @throws {DataError} If there is none of that name, or the file has become shorter.
   */
  read(name: string): Promise<NdArray>;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens a file and checks its header against its size.
 *
 * @throws {MissingError} If there is no such file.
 * @throws {DataError} If it is no valid safetensors file.
 */
export function openSafetensors(path: string): Promise<SafetensorsFile> {
  const what = `"${path}"`;
  return explained(`Cannot read ${what}`, async () => {
    const file = await Deno.open(path, { read: true });
    try {
      const { size } = await file.stat();
      const prefix = new Uint8Array(8);
      await readAt(file, 0, prefix.subarray(0, Math.min(8, size)), what);
      const headerBytes = new Uint8Array(headerLength(prefix, size, what));
      await readAt(file, 8, headerBytes, what);
      const start = 8 + headerBytes.length;
      return lazyFile(file, parseHeader(headerBytes, size - start, what), start, what);
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

/** Reads a whole file; fails as {@linkcode openSafetensors} does. */
export async function readSafetensors(path: string): Promise<SafetensorsContents> {
  using file = await openSafetensors(path);
  const tensors = new Map<string, NdArray>();
  for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
  return { metadata: file.metadata, tensors };
}

/**
 * Reads the bytes of a file.
 *
 * @param what What the bytes are, for messages.
 * @throws {DataError} If they are no valid safetensors file.
 */
export function decodeSafetensors(bytes: Uint8Array, what = "the data"): SafetensorsContents {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, what);
  const start = 8 + length;
  const header = parseHeader(bytes.subarray(8, start), bytes.length - start, what);
  const tensors = new Map<string, NdArray>();
  for (const entry of header.entries.values()) {
    tensors.set(
      entry.name,
      decodeTensor(entry, bytes.slice(start + entry.begin, start + entry.end)),
    );
  }
  return { metadata: header.metadata, tensors };
}

function lazyFile(
  file: Deno.FsFile,
  header: SafetensorsHeader,
  start: number,
  what: string,
): SafetensorsFile {
  let open = true;
  let queue: Promise<unknown> = Promise.resolve();
  const close = () => {
    if (open) file.close();
    open = false;
  };
  const read = async (name: string): Promise<NdArray> => {
    const entry = header.entries.get(name);
    if (entry === undefined) {
      throw new DataError(`Cannot read tensor "${name}": ${what} holds none of that name`);
    }
    const bytes = new Uint8Array(entry.end - entry.begin);
    // One file position serves all reads: they take turns.
    const turn = queue.then(() => readAt(file, start + entry.begin, bytes, what));
    queue = turn.catch(() => undefined);
    await explained(`Cannot read ${what}`, () => turn);
    return decodeTensor(entry, bytes);
  };
  const tensors = new Map(
    [...header.entries.values()].map(({ name, stored, shape }) => [
      name,
      { dtype: stored.readAs, stored: stored.code, shape },
    ]),
  );
  return { metadata: header.metadata, tensors, read, close, [Symbol.dispose]: close };
}

async function readAt(
  file: Deno.FsFile,
  position: number,
  target: Uint8Array,
  what: string,
): Promise<void> {
  await file.seek(position, Deno.SeekMode.Start);
  for (let done = 0; done < target.length;) {
    const n = await file.read(target.subarray(done));
    if (n === null) {
      throw new DataError(
        `Cannot read ${what}: it ends at byte ${position + done}, ${
          target.length - done
        } more are wanted`,
      );
    }
    done += n;
  }
}

/** Wraps bytes of a tensor's own buffer; every platform of the runtime is little-endian. */
function decodeTensor(entry: TensorEntry, bytes: Uint8Array<ArrayBuffer>): NdArray {
  const { stored, shape } = entry;
  if (stored.code === "F16" || stored.code === "BF16") {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const decode = stored.code === "F16" ? float16 : bfloat16;
    return { dtype: "float32", shape, data: Float32Array.from(halves, decode) };
  }
  const data = new typedArrays[stored.readAs](bytes.buffer);
  return { dtype: stored.readAs, shape, data };
}

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

function bfloat16(bits: number): number {
  word[0] = bits << 16;
  return wordAsFloat[0]!;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
