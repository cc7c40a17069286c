/**
 * Moving arrays between the host and the engine.
 *
 * @module
 */

import { float32, int32 } from "../../util/mod.ts";
import { type Tensor, tf } from "./tf.ts";
import {
  convertTree,
  type DeviceTree,
  type HostArray,
  type HostArrays,
  type HostTree,
  leavesOf,
  type TensorTree,
} from "./tree.ts";

/** Copies a host array to the engine: float32, or int32 for ids. The caller disposes of it. */
export function upload(array: HostArray): Tensor {
  return tf.tensor(array.data.slice(), [...array.shape], array.dtype);
}

/** Copies a tree of host arrays to the engine. */
export function uploadTree<H extends HostArrays>(arrays: H): DeviceTree<H> {
  return convertTree(arrays, (array) => upload(array as HostArray)) as DeviceTree<H>;
}

/** Copies a tensor to the host. */
export async function download(tensor: Tensor): Promise<HostArray> {
  const data = await tensor.data();
  // A copy, since some backends hand out their own memory.
  return tensor.dtype === "int32" || tensor.dtype === "bool"
    ? int32(tensor.shape, new Int32Array(data))
    : float32(tensor.shape, new Float32Array(data));
}

/** Copies a tree of tensors to the host. */
export async function downloadTree<T extends TensorTree>(tree: T): Promise<HostTree<T>> {
  const host = new Map<Tensor, HostArray>();
  for (const tensor of leavesOf(tree)) host.set(tensor, await download(tensor));
  return convertTree(tree, (tensor) => host.get(tensor as Tensor)!) as HostTree<T>;
}

/** Disposes of every tensor of the trees. */
export function disposeTree(...trees: readonly TensorTree[]): void {
  for (const tree of trees) for (const tensor of leavesOf(tree)) tensor.dispose();
}
