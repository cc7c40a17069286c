/**
 * Arrays: NumPy, MATLAB and safetensors.
 *
 * @module
 */

export { readMat5 } from "./mat5.ts";
export {
  decodeNumpy,
  type NpyHeader,
  type NumpyDtype,
  parseNumpyDtype,
  readNpyHeader,
} from "./npy.ts";
export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContents,
  type SafetensorsFile,
  type TensorSource,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "./safetensors.ts";
