/**
 * Arrays on the host: a flat typed array, its element type and its shape (row-major).
 *
 * @module
 */

/** The typed array that holds each element type. */
export interface TypedArrays {
  /** Truth values as bytes 0 or 1. */
  readonly bool: Uint8Array<ArrayBuffer>;
  /** Unsigned integers of 8 bits. */
  readonly uint8: Uint8Array<ArrayBuffer>;
  /** Signed integers of 8 bits. */
  readonly int8: Int8Array<ArrayBuffer>;
  /** Unsigned integers of 16 bits. */
  readonly uint16: Uint16Array<ArrayBuffer>;
  /** Signed integers of 16 bits. */
  readonly int16: Int16Array<ArrayBuffer>;
  /** Unsigned integers of 32 bits. */
  readonly uint32: Uint32Array<ArrayBuffer>;
  /** Signed integers of 32 bits. */
  readonly int32: Int32Array<ArrayBuffer>;
  /** Unsigned integers of 64 bits. */
  readonly uint64: BigUint64Array<ArrayBuffer>;
  /** Signed integers of 64 bits. */
  readonly int64: BigInt64Array<ArrayBuffer>;
  /** IEEE 754 single precision. */
  readonly float32: Float32Array<ArrayBuffer>;
  /** IEEE 754 double precision. */
  readonly float64: Float64Array<ArrayBuffer>;
}

/** Name of an element type. */
export type Dtype = keyof TypedArrays;

/** A dense row-major array on the host. */
export interface NdArray<D extends Dtype = Dtype> {
  /** Element type. */
  readonly dtype: D;
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: TypedArrays[D];
}

/** Constructors of the typed arrays, by element type. */
export const typedArrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Bytes that one element takes. */
export function byteSize(dtype: Dtype): number {
  return typedArrays[dtype].BYTES_PER_ELEMENT;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Wraps typed data as an array.
 *
 * @throws {RangeError} If the number of elements does not fit the shape.
 */
export function ndarray<D extends Dtype>(
  dtype: D,
  shape: readonly number[],
  data: TypedArrays[D],
): NdArray<D> {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `Cannot make an array of shape [${shape}]: ${data.length} elements were given, ` +
        `${elementCount(shape)} are wanted`,
    );
  }
  return { dtype, shape, data };
}

/** A float32 array of the given shape; zeros if no data is given. */
export function float32(shape: readonly number[], data?: ArrayLike<number>): NdArray<"float32"> {
  return numbers("float32", shape, data);
}

/** An int32 array of the given shape; zeros if no data is given. */
export function int32(shape: readonly number[], data?: ArrayLike<number>): NdArray<"int32"> {
  return numbers("int32", shape, data);
}

function numbers<D extends "float32" | "int32">(
  dtype: D,
  shape: readonly number[],
  data: ArrayLike<number> | undefined,
): NdArray<D> {
  const type = typedArrays[dtype];
  const isOwn = data instanceof type && data.buffer instanceof ArrayBuffer;
  const values = isOwn
    ? data
    : data === undefined
    ? new type(elementCount(shape))
    : type.from(data);
  return ndarray(dtype, shape, values as TypedArrays[D]);
}
