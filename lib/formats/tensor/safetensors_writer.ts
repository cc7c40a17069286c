/**
 * Writing safetensors files; the door to them is `safetensors.ts`.
 *
 * @module
 */

import {
  byteSize,
  type Dtype,
  elementCount,
  type FileSystem,
  type NdArray,
  type TypedArrays,
  writeFileAtomic,
} from "../../util/mod.ts";
import { maxHeaderBytes, storedDtypes } from "./safetensors_header.ts";

/** A tensor that is written piece by piece, for those that do not fit into memory at once. */
export interface TensorSource {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its elements in row-major order. */
  readonly chunks: AsyncIterable<TypedArrays[Dtype]> | Iterable<TypedArrays[Dtype]>;
}

/** Options of {@linkcode writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Free text that is stored in the header. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Writes a file, complete or not at all.
 *
 * The header keeps the given order; the data are laid out by descending element size, so that every
 * tensor is aligned for readers that map the file.
 *
 * @param entries Names with arrays or sources, such as a `Map` or `Object.entries(record)`.
 * @throws {StorageError} If the disk is full or read-only.
 * @throws {RangeError} If a name is given twice or reserved, or a source yields another size.
 *
 * @example
 * ```ts ignore
 * import { float32 } from "../../util/ndarray.ts";
 * await writeSafetensors("a.safetensors", [["weight", float32([2, 3])]], {
 *   metadata: { format: "metamae" },
 * });
 * ```
 */
export async function writeSafetensors(
  path: string,
  entries: Iterable<readonly [string, NdArray | TensorSource]>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const named = [...entries];
  const layout = layOut(named);
  const header = encodeHeader(named, layout, options.metadata ?? {});
  async function* contents(): AsyncGenerator<Uint8Array> {
    yield header;
    for (const { name, source, begin, end } of layout.values()) {
      let written = begin;
      for await (const chunk of "chunks" in source ? source.chunks : [source.data]) {
        const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        written += bytes.length;
        if (written > end) break;
        yield bytes;
      }
      if (written !== end) {
        const problem = written > end ? "more" : `only ${written - begin}`;
        throw new RangeError(
          `Cannot write tensor "${name}": its source gave ${problem} bytes, ${
            end - begin
          } are wanted`,
        );
      }
    }
  }
  await writeFileAtomic(path, contents(), options);
}

interface Placed {
  readonly name: string;
  readonly source: NdArray | TensorSource;
  readonly begin: number;
  readonly end: number;
}

/** Places of the tensors in the buffer, in the order in which they are written. */
function layOut(named: readonly (readonly [string, NdArray | TensorSource])[]) {
  const order = named.toSorted(([, a], [, b]) => byteSize(b.dtype) - byteSize(a.dtype));
  const placed = new Map<string, Placed>();
  let begin = 0;
  for (const [name, source] of order) {
    if (placed.has(name) || name === "__metadata__") {
      const problem = name === "__metadata__" ? "is reserved" : "is given twice";
      throw new RangeError(`Cannot write tensor "${name}": the name ${problem}`);
    }
    const end = begin + elementCount(source.shape) * byteSize(source.dtype);
    placed.set(name, { name, source, begin, end });
    begin = end;
  }
  return placed;
}

const codes: ReadonlyMap<Dtype, string> = new Map(
  [...storedDtypes.values()]
    .filter(({ bytes, readAs }) => bytes === byteSize(readAs))
    .map(({ code, readAs }) => [readAs, code]),
);

function encodeHeader(
  named: readonly (readonly [string, NdArray | TensorSource])[],
  layout: ReadonlyMap<string, Placed>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Names are JSON texts of their own: as properties of an object, "7" and "__proto__" would move.
  const fields = named.map(([name, { dtype, shape }]) => {
    const { begin, end } = layout.get(name)!;
    const value = { dtype: codes.get(dtype), shape, "data_offsets": [begin, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) {
    fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  }
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw new RangeError(
      `Cannot write a safetensors header: it has ${length} bytes, at most ${maxHeaderBytes} are allowed`,
    );
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
