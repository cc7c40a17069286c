/**
 * The mean over the workers of what a step computes from its own samples.
 *
 * @module
 */

import { type Exchange, type Tensor, type TensorTree, tf } from "../engine/mod.ts";
import type { FlatRun } from "./flat_layout.ts";

/** Gradients and other results, the same on every worker. */
export interface WorkerMean {
  readonly runs: readonly FlatRun[];
  readonly results: TensorTree;
}

/**
 * Averages gradients and results over all workers, as one flat vector in one exchange.
 *
 * @param runs Gradients of this worker; every worker has them for the same weights.
 * @param results Float tensors of this worker, such as metrics; of the same names and shapes everywhere.
 */
export function workerMean(
  exchange: Pick<Exchange, "mean">,
  runs: readonly FlatRun[],
  results: TensorTree,
): WorkerMean {
  const gradients = runs.map((run) => run.gradient).filter((gradient) => gradient !== undefined);
  const parts = [...gradients, ...Object.values(results)].map((x) => tf.reshape(x, [x.size]));
  const flat = exchange.mean(tf.concat(parts));
  const means: Tensor[] = tf.split(flat, parts.map((part) => part.size));
  const of = means.values();
  return {
    runs: runs.map((run) =>
      run.gradient === undefined ? run : { ...run, gradient: of.next().value }
    ),
    results: Object.fromEntries(
      Object.entries(results).map((
        [name, { shape }],
      ) => [name, tf.reshape(of.next().value!, shape)]),
    ),
  };
}
