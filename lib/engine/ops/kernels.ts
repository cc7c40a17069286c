/**
 * Registering kernels that TF.js lacks: one version for libtensorflow, one on the host for the
 * embedded backends.
 *
 * @module
 */

import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs";
import { activeNativeBackend, type NativeBackend } from "../backend/native_backend.ts";
import { type Tensor, tf } from "../backend/tf.ts";

type Inputs = Readonly<Record<string, TensorInfo>>;

/** Both versions of a kernel. */
interface KernelVersions {
  readonly native: (inputs: Inputs, attributes: NamedAttrMap, native: NativeBackend) => Tensor;
  readonly host: (inputs: Inputs, attributes: NamedAttrMap) => Tensor;
}

/** Registers a kernel with every backend of the engine. */
export function registerKernels(kernelName: string, versions: KernelVersions): void {
  for (const backendName of ["wasm", "cpu"]) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => versions.host(inputs as Inputs, attrs ?? {}),
    });
  }
  tf.registerKernel({
    kernelName,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs }) =>
      versions.native(inputs as Inputs, attrs ?? {}, activeNativeBackend()!),
  });
}

/** Values of a kernel's input on the embedded backends. */
export function onHost(info: TensorInfo): Float32Array | Int32Array | Uint8Array {
  return tf.engine().readSync(info.dataId) as Float32Array | Int32Array | Uint8Array;
}
