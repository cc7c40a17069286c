/**
 * NumPy's file format `.npy` (versions 1 to 3): the header, and the elements behind it.
 *
 * Arrays of Python objects hold a pickle inside and are refused.
 * Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
 *
 * @module
 */

import {
  DataError,
  type Dtype,
  elementCount,
  type NdArray,
  ndarray,
  typedArrays,
  unreadable,
} from "../../util/mod.ts";

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
  const fail = (what: string) => unreadable(name, what);
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

/** An element type as NumPy writes it. */
export interface NumpyDtype {
  /** Type of the decoded elements; half precision widens to float32. */
  readonly dtype: Dtype;
  /** Bytes of one stored element. */
  readonly itemBytes: number;
  readonly bigEndian: boolean;
  readonly half: boolean;
}

const kinds: Readonly<Record<string, Dtype>> = {
  b1: "bool",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float32",
  f4: "float32",
  f8: "float64",
};

/**
 * Reads a type description such as `<f4`, `|u1` or `>i8`.
 *
 * @returns Nothing for types that hold no plain numbers: objects, text, dates, records, complex.
 */
export function parseNumpyDtype(description: string): NumpyDtype | undefined {
  const match = /^([<>=|]?)([bui]1|[uif][248])$/.exec(description);
  const kind = match?.[2];
  if (kind === undefined) return undefined;
  return {
    dtype: kinds[kind]!,
    itemBytes: Number(kind[1]),
    bigEndian: match![1] === ">",
    half: kind === "f2",
  };
}

/** How the elements of a raw array are laid out. */
export interface NumpyLayout {
  readonly shape: readonly number[];
  /** Whether the first axis varies fastest (Fortran order). */
  readonly fortran: boolean;
}

/**
 * Bytes of an array of that type and shape.
 *
 * @throws {DataError} If a size is no whole number or the array could not exist.
 */
export function numpyBytes(type: NumpyDtype, shape: readonly number[], what: string): number {
  const bytes = elementCount(shape) * type.itemBytes;
  if (shape.some((size) => !Number.isInteger(size) || size < 0) || !Number.isSafeInteger(bytes)) {
    throw new DataError(`Cannot read ${what}: its shape is (${shape.join(", ")})`);
  }
  return bytes;
}

/**
 * Decodes raw elements to a row-major array; the bytes are copied.
 *
 * @param what Name for messages, with quotes.
 * @throws {DataError} If the bytes do not fit the shape.
 */
export function decodeNumpy(
  bytes: Uint8Array,
  type: NumpyDtype,
  layout: NumpyLayout,
  what: string,
): NdArray {
  const wanted = numpyBytes(type, layout.shape, what);
  if (bytes.length !== wanted) {
    throw new DataError(
      `Cannot read ${what}: it has ${bytes.length} bytes, its shape (${layout.shape.join(", ")}) ` +
        `wants ${wanted}`,
    );
  }
  const raw = new Uint8Array(bytes);
  if (type.bigEndian) swapBytes(raw, type.itemBytes);
  const data = type.half ? widenHalf(raw) : new typedArrays[type.dtype](raw.buffer);
  const array = ndarray(type.dtype, layout.shape, data);
  return layout.fortran ? toRowMajor(array) : array;
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; at < bytes.length; at += itemBytes) bytes.subarray(at, at + itemBytes).reverse();
}

function widenHalf(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = view.getUint16(2 * i, true);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0
      ? sign * fraction * 2 ** -24
      : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/** Transposes elements whose first axis varies fastest. */
function toRowMajor(array: NdArray): NdArray {
  const { shape } = array;
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const data = array.data.slice();
  const index = shape.map(() => 0);
  for (let target = 0; target < data.length; target++) {
    data[target] = array.data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return ndarray(array.dtype, shape, data);
}
