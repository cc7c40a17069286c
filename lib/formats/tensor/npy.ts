/**
 * NumPy's file formats `.npy` (versions 1 to 3) and `.npz`.
 *
 * Arrays of Python objects hold a pickle inside and are refused.
 * Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
 *
 * @module
 */

import { zipSync } from "fflate";
import { readZip } from "../archive/mod.ts";
import { type ByteSource, readAll } from "../bytes/mod.ts";
import { DataError, type Dtype, type NdArray } from "../../util/mod.ts";
import { decodeNumpy, numpyBytes, type NumpyDtype, parseNumpyDtype } from "./numpy_dtype.ts";

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  readonly type: NumpyDtype;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** Where the elements start. */
  readonly dataOffset: number;
  /** Bytes of the elements. */
  readonly dataBytes: number;
}

/** Options of the readers. */
export interface NpyOptions {
  /** Name for messages. */
  readonly name: string;
}

const magic = "\x93NUMPY";

/**
 * Reads the header of a `.npy` file.
 *
 * @param start The first bytes of the file: the whole header, which is rarely longer than 128.
 * @throws {DataError} If it is no `.npy` file or holds no plain numbers.
 */
export function readNpyHeader(start: Uint8Array, { name }: NpyOptions): NpyHeader {
  const fail = (what: string) => new DataError(`Cannot read "${name}": ${what}`);
  if (String.fromCharCode(...start.subarray(0, 6)) !== magic) throw fail("it is no .npy file");
  const version = start[6];
  if (version === undefined || version < 1 || version > 3) {
    throw fail(`its format has version ${version}, versions 1 to 3 are known`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const prefix = version === 1 ? 10 : 12;
  const headerBytes = start.length < prefix
    ? Infinity
    : version === 1
    ? view.getUint16(8, true)
    : view.getUint32(8, true);
  if (prefix + headerBytes > start.length) throw fail("its header is cut off");

  const text = new TextDecoder().decode(start.subarray(prefix, prefix + headerBytes));
  const description = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (order === undefined || shapeText === undefined) throw fail(`its header is "${text.trim()}"`);
  if (description === undefined) throw fail("its elements are records, plain numbers are wanted");
  const type = parseNumpyDtype(description);
  if (type === undefined) {
    throw fail(`its elements are of type "${description}", plain numbers are wanted`);
  }
  const shape = shapeText.split(",").map((size) => size.trim()).filter(Boolean).map(Number);
  return {
    type,
    shape,
    fortran: order === "True",
    dataOffset: prefix + headerBytes,
    dataBytes: numpyBytes(type, shape, `"${name}"`),
  };
}

/**
 * Reads a `.npy` file.
 *
 * @throws {DataError} If it is damaged, cut off, or holds no plain numbers.
 */
export function readNpy(bytes: Uint8Array, options: NpyOptions): NdArray {
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
  bytes.set(Uint8Array.from(`${magic}\x01\0\0\0${header}`, (character) => character.charCodeAt(0)));
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
