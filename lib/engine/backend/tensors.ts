/**
 * Moving arrays between the host and the engine.
 *
 * @module
 */

import { float32, int32, type NdArray } from "../../util/mod.ts";
import { type Tensor, type TensorTree, tf } from "./tf.ts";

/** Copies a host array to the engine: float32, or int32 for ids. The caller disposes of it. */
export function upload(array: NdArray<"float32" | "int32">): Tensor {
  return tf.tensor(array.data.slice(), [...array.shape], array.dtype);
}

/** Copies a set of host arrays to the engine. */
export function uploadTree(
  arrays: Readonly<Record<string, NdArray<"float32" | "int32">>>,
): TensorTree {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, upload(array)]));
}

/** Copies a tensor to the host. */
export async function download(tensor: Tensor): Promise<NdArray<"float32" | "int32">> {
  const data = await tensor.data();
  // A copy, since some backends hand out their own memory.
  return tensor.dtype === "int32" || tensor.dtype === "bool"
    ? int32(tensor.shape, new Int32Array(data))
    : float32(tensor.shape, new Float32Array(data));
}

/** Copies a set of tensors to the host. */
export async function downloadTree(
  tree: TensorTree,
): Promise<Record<string, NdArray<"float32" | "int32">>> {
  const out: Record<string, NdArray<"float32" | "int32">> = {};
  for (const [name, tensor] of Object.entries(tree)) out[name] = await download(tensor);
  return out;
}

/** Disposes of every tensor of the sets. */
export function disposeTree(...trees: readonly TensorTree[]): void {
  for (const tree of trees) tf.dispose({ ...tree });
}
