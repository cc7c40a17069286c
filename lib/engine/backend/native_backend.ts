/**
 * TF.js's node kernel layer on libtensorflow, without its N-API addon.
 *
 * @module
 */

import util from "node:util";
import type { DataType, TensorInfo } from "@tensorflow/tfjs";
import { type Tensor, tf } from "./tf.ts";
import { type NativeBinding, nativeBinding, type TensorMetadata } from "./binding.ts";
import type { NativeLibrary } from "../native/library.ts";
import { type LibraryOptions, openLibrary } from "../native/library.ts";

/** The started native engine. */
export interface NativeBackend {
  readonly library: NativeLibrary;
  readonly binding: NativeBinding;
  /** Numbers of the tensors in the binding; host data that was not yet copied is copied now. */
  ids(tensors: readonly TensorInfo[]): number[];
  /** Makes a TF.js tensor of a tensor of the binding. */
  wrap(metadata: TensorMetadata): Tensor;
  /** TensorFlow's number of a TF.js element type. */
  dataType(dtype: DataType): number;
}

/** What this file uses of TF.js's `NodeJSKernelBackend`. */
interface KernelBackend {
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getDTypeInteger(dtype: DataType): number;
}

let active: NativeBackend | undefined;

/** The native engine, if it is the active backend. */
export function activeNativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === "tensorflow" ? active : undefined;
}

/**
 * Loads libtensorflow and makes it TF.js's backend `tensorflow`.
 *
 * @param path The shared library.
 */
export async function startNativeBackend(
  path: string,
  options: LibraryOptions = {},
): Promise<NativeBackend> {
  if (active !== undefined) return active;
  restoreNodeUtil();
  const library = openLibrary(path, options);
  const binding = nativeBinding(library);
  const { NodeJSKernelBackend } = await import(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js"
  );
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  const kernels = new NodeJSKernelBackend(
    binding as never,
    "@tensorflow/tfjs-node-gpu",
  ) as unknown as KernelBackend;
  tf.registerBackend("tensorflow", () => kernels as never, 3);
  await tf.setBackend("tensorflow");
  replaceGather(kernels, binding);
  active = {
    library,
    binding,
    ids: (tensors) => kernels.getInputTensorIds(tensors),
    wrap: (metadata) => kernels.createOutputTensor(metadata),
    dataType: (dtype) => kernels.getDTypeInteger(dtype),
  };
  return active;
}

/** The kernel layer calls two functions that current runtimes no longer have. */
function restoreNodeUtil(): void {
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
}

/**
 * The packaged gather reads its indices on the host to check them, which breaks tracing and is
 * slow; libtensorflow checks them itself.
 */
function replaceGather(kernels: KernelBackend, binding: NativeBinding): void {
  tf.unregisterKernel("GatherV2", "tensorflow");
  tf.registerKernel({
    kernelName: "GatherV2",
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs }) => {
      const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
      const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
      const along = tf.scalar(axis, "int32");
      const attributes = [
        { name: "batch_dims", type: 1, value: batchDims },
        { name: "Tparams", type: 4, value: kernels.getDTypeInteger(x.dtype) },
        { name: "Tindices", type: 4, value: kernels.getDTypeInteger(indices.dtype) },
        { name: "Taxis", type: 4, value: kernels.getDTypeInteger("int32") },
      ];
      const ids = kernels.getInputTensorIds([x, indices, along]);
      const [result] = binding.executeOp("GatherV2", attributes, ids, 1);
      along.dispose();
      return kernels.createOutputTensor(result!);
    },
  });
}
