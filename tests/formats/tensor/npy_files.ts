import { zipSync } from "fflate";
import { readZip } from "../../../lib/formats/archive/zip.ts";
import { type ByteSource, readAll } from "../../../lib/formats/bytes/byte_source.ts";
import { decodeNumpy, readNpyHeader } from "../../../lib/formats/tensor/npy.ts";
import type { Dtype, NdArray } from "../../../lib/util/ndarray.ts";

/**
 * Reads a `.npy` file.
 *
 * @throws {DataError} If it is damaged, cut off, or holds no plain numbers.
 */
export function readNpy(bytes: Uint8Array, options: { readonly name: string }): NdArray {
  const header = readNpyHeader(bytes, options);
  const data = bytes.subarray(header.dataOffset);
  return decodeNumpy(data, header.type, header, `"${options.name}"`);
}

/**
 * Reads all arrays of a `.npz` file.
 *
 * @throws {DataError} If the archive or an array is damaged, cut off, or holds no plain numbers.
 */
export async function readNpz(source: ByteSource): Promise<ReadonlyMap<string, NdArray>> {
  const arrays = new Map<string, NdArray>();
  for (const entry of await readZip(source)) {
    const name = `${source.name}/${entry.name}`;
    const bytes = await readAll(entry.chunks(), { name, limit: entry.size });
    arrays.set(entry.name.replace(/\.npy$/, ""), readNpy(bytes, { name }));
  }
  return arrays;
}

const descriptions: Readonly<Record<Dtype, string>> = {
  bool: "|b1",
  uint8: "|u1",
  int8: "|i1",
  uint16: "<u2",
  int16: "<i2",
  uint32: "<u4",
  int32: "<i4",
  uint64: "<u8",
  int64: "<i8",
  float32: "<f4",
  float64: "<f8",
};

/** The bytes of a `.npy` file (version 1, elements aligned to 64 bytes). */
export function writeNpy(array: NdArray): Uint8Array<ArrayBuffer> {
  const { shape, data } = array;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const fields = `{'descr': '${descriptions[array.dtype]}', 'fortran_order': False, ` +
    `'shape': (${sizes}), }`;
  const dataOffset = Math.ceil((10 + fields.length + 1) / 64) * 64;
  const header = fields.padEnd(dataOffset - 11) + "\n";
  const bytes = new Uint8Array(dataOffset + data.byteLength);
  bytes.set(
    Uint8Array.from(`\x93NUMPY\x01\0\0\0${header}`, (character) => character.charCodeAt(0)),
  );
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataOffset);
  return bytes;
}

/** The bytes of an uncompressed `.npz` file, the same for the same arrays. */
export function writeNpz(arrays: ReadonlyMap<string, NdArray>): Uint8Array<ArrayBuffer> {
  const files = [...arrays].map(([name, array]) => [`${name}.npy`, writeNpy(array)] as const);
  const options = { level: 0, mtime: "1980-01-01T00:00:00" } as const;
  return zipSync(Object.fromEntries(files), options) as Uint8Array<ArrayBuffer>;
}
