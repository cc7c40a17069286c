/**
 * The exchanges of a training step: operations whose result depends on all workers.
 *
 * @module
 */

import { activeNativeBackend, type NativeBackend } from "../backend/native_backend.ts";
import { attributeKinds, type OpAttribute } from "../native/attributes.ts";
import { differentiable } from "../ops/differentiable.ts";
import { type Tensor, tf } from "../backend/tf.ts";
import type { Cluster } from "../cluster/cluster.ts";

/**
 * Exchanges of one evaluation of a step. Every worker must make the same ones in the same order,
 * with tensors of the same shape.
 */
export interface Exchange {
  /**
   * The rows of all workers, in the order of the workers: (n, ...) to (workers * n, ...).
   *
   * Every worker differentiates an objective of its own, and what is minimised is their mean. A row
   * influences the objectives of all workers alike, so its gradient is that of this worker's
   * objective times the number of workers.
   */
  gather(rows: Tensor): Tensor;
  /** The mean over all workers; not differentiable. */
  mean(x: Tensor): Tensor;
}

/** Seconds after which an exchange fails although all workers show signs of life. */
const longestExchange = 900;

/**
 * The same where an exchange runs operation by operation and stops the process until it is over, so
 * that nothing else can look after the other workers meanwhile.
 */
const longestBlocking = 50;

/** Number of the one group, which all workers belong to. */
const groupKey = 1;

/**
 * Starts a series of exchanges.
 *
 * @param firstKey Number of its first exchange; the same on every worker, and used for nothing
 * else.
 */
export function startExchange({ addresses, rank }: Cluster, firstKey: number): Exchange {
  const workers = addresses.length;
  let key = firstKey;
  return {
    gather(rows) {
      const own = key++;
      return differentiable(
        [rows],
        ([rows]) => collective("CollectiveGatherV2", rows!, { workers, key: own }),
        (dy, [rows]) => {
          const [samples, ...rest] = rows!.shape as [number, ...number[]];
          const begin = [rank * samples, ...rest.map(() => 0)];
          return [tf.mul(tf.slice(dy, begin, [samples, ...rest]), workers)];
        },
      );
    },
    mean: (x) =>
      collective("CollectiveReduceV2", x, { workers, key: key++ }, [
        { name: "merge_op", type: attributeKinds.string, value: "Add" },
        { name: "final_op", type: attributeKinds.string, value: "Div" },
      ]),
  };
}

function collective(
  name: string,
  x: Tensor,
  place: { readonly workers: number; readonly key: number },
  attributes: readonly OpAttribute[] = [],
): Tensor {
  const native = activeNativeBackend()!;
  const seconds = native.binding.tracing() ? longestExchange : longestBlocking;
  return tf.tidy(() => {
    const inputs = native.ids([x, ...groupInputs(place)]);
    const all = [...attributes, ...groupAttributes(native, seconds)];
    return native.wrap(native.binding.executeOp(name, all, inputs, 1)[0]!);
  });
}

/** The inputs by which operations on different workers find each other. */
export function groupInputs(
  { workers, key }: { readonly workers: number; readonly key: number },
): Tensor[] {
  return [workers, groupKey, key].map((value) => tf.scalar(value, "int32"));
}

/** Attributes of every exchange of float32 values; graphics cards talk through NCCL. */
export function groupAttributes({ binding }: NativeBackend, seconds: number): OpAttribute[] {
  const hint = binding.isUsingGpuDevice() ? "nccl" : "ring";
  return [
    { name: "T", type: attributeKinds.type, value: 1 },
    { name: "communication_hint", type: attributeKinds.string, value: hint },
    { name: "timeout_seconds", type: attributeKinds.float, value: seconds },
  ];
}
