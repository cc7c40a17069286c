/**
 * Arrays: NumPy, MATLAB and safetensors.
 *
 * @module
 */

export { readMat5 } from "./mat5.ts";
export { type NpyHeader, readNpyHeader } from "./npy.ts";
export { decodeNumpy, type NumpyDtype, parseNumpyDtype } from "./npy.ts";
export {
  openSafetensors,
  readSafetensors,
  type TensorSource,
  writeSafetensors,
} from "./safetensors.ts";
