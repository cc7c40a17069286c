/**
 * Tensors of libtensorflow: creating them from host data and reading them back.
 *
 * @module
 */

import { dataTypes } from "./c_api.ts";
import type { NativeLibrary } from "./library.ts";

/** Typed array of an element type. */
const arrays = new Map<number, typeof Float32Array | typeof Int32Array | typeof Uint8Array>([
  [dataTypes.float32, Float32Array],
  [dataTypes.int32, Int32Array],
  [dataTypes.uint8, Uint8Array],
  [dataTypes.bool, Uint8Array],
]);

/** Host values as TF.js hands them over. */
export type HostValues =
  | Float32Array
  | Int32Array
  | Uint8Array
  | BigInt64Array
  | readonly number[]
  | readonly boolean[];

/**
 * Allocates a `TF_Tensor` and fills it.
 *
 * @throws {TypeError} If the element type cannot be created from host values.
 * @throws {RangeError} If the number of values does not fit the shape.
 */
export function newTensor(
  library: NativeLibrary,
  shape: readonly number[],
  dataType: number,
  values: HostValues,
): Deno.PointerValue {
  const { c } = library;
  const data = elements(dataType, values);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) {
    throw new RangeError(
      `Cannot create a tensor of shape [${shape}]: ${data.length} values were given, ` +
        `${count} are wanted`,
    );
  }
  const sizes = BigInt64Array.from(shape, (size) => BigInt(size));
  const tensor = c.TF_AllocateTensor(dataType, sizes, shape.length, BigInt(data.byteLength));
  const target = c.TF_TensorData(tensor);
  if (data.byteLength > 0 && target !== null) {
    new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(target, data.byteLength))
      .set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return tensor;
}

function elements(
  dataType: number,
  values: HostValues,
): Float32Array | Int32Array | Uint8Array | BigInt64Array {
  if (dataType === dataTypes.int64) {
    return values instanceof BigInt64Array
      ? values
      : BigInt64Array.from(values as ArrayLike<number>, (value) => BigInt(value));
  }
  const array = arrays.get(dataType);
  if (array === undefined) {
    throw new TypeError(`Cannot create a tensor: element type ${dataType} is not in use here`);
  }
  return values instanceof array ? values : array.from(values as ArrayLike<number>);
}

/**
 * Copies the values of a tensor handle to the host.
 *
 * @throws {NativeError} If computing the value failed.
 */
export function readTensor(
  library: NativeLibrary,
  handle: Deno.PointerValue,
): Float32Array | Int32Array | Uint8Array {
  const { c } = library;
  const array = arrays.get(c.TFE_TensorHandleDataType(handle));
  if (array === undefined) throw new TypeError("Cannot read a tensor of this element type");
  const tensor = library.checked((status) => c.TFE_TensorHandleResolve(handle, status));
  const bytes = Number(c.TF_TensorByteSize(tensor));
  const source = c.TF_TensorData(tensor);
  const copy = new ArrayBuffer(source === null ? 0 : bytes);
  if (source !== null && bytes > 0) Deno.UnsafePointerView.copyInto(source, copy);
  c.TF_DeleteTensor(tensor);
  return new array(copy);
}

/** Shape of a tensor handle. */
export function handleShape(library: NativeLibrary, handle: Deno.PointerValue): number[] {
  const { c } = library;
  const rank = library.checked((status) => c.TFE_TensorHandleNumDims(handle, status));
  return Array.from(
    { length: rank },
    (_, axis) => Number(library.checked((status) => c.TFE_TensorHandleDim(handle, axis, status))),
  );
}
