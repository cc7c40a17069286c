/**
 * Evaluates an objective as two workers would that share a batch, one after the other in one
 * process.
 *
 * @module
 */

import { detach } from "../../lib/engine/ops/mod.ts";
import { upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostArray, HostArrays } from "../../lib/engine/backend/tree.ts";
import type { Model } from "../../lib/methods/method.ts";
import type { StepKey } from "../../lib/nn/draws.ts";
import type { Gather } from "../../lib/nn/batch_share.ts";
import { flatLayout } from "../../lib/train/flat_layout.ts";
import type { HostParameters } from "../../lib/train/parameters.ts";
import { gradientsOf, type TrainableModel, type Weights } from "../../lib/train/train_step.ts";
import { float32, type NdArray } from "../../lib/util/ndarray.ts";
import { present, weightsOf } from "./run_objective.ts";

/** Loss and gradients by name. */
export interface SplitEvaluation {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** Draws of both halves of the batch of a key. */
export function halves(model: Model, key: StepKey): readonly [HostArrays, HostArrays] {
  const half = key.samples / 2;
  const of = (firstSample: number) =>
    model.draw({ ...key, firstSample, samples: half, batchSize: key.samples });
  return [of(0), of(half)];
}

/**
 * The mean of loss and gradients over both halves. Rows that one half gathers from the other are
 * those that it computed in the pass before; passes go on until all of them are right.
 */
export function evaluateSplit(
  model: Model,
  batch: readonly HostArray[],
  key: StepKey,
  parameters: HostParameters,
): SplitEvaluation {
  const draws = halves(model, key);
  let known: NdArray<"float32">[][] = [[], []];
  for (let pass = 0;; pass++) {
    const seen: NdArray<"float32">[][] = [[], []];
    const results = [0, 1].map((worker) => {
      let call = 0;
      const gather: Gather = (rows) => {
        const own = call++;
        seen[worker]![own] = float32(rows.shape, rows.dataSync());
        const other = known[1 - worker]![own];
        const theirs = other === undefined ? tf.zerosLike(rows) : upload(other);
        // The same values with twice the gradient, as a gather among two workers gives it.
        const ours = tf.sub(tf.mul(rows, 2), detach(rows));
        return tf.concat(worker === 0 ? [ours, theirs] : [theirs, ours], 0);
      };
      return evaluateHalf(model, batch, draws[worker]!, worker, parameters, gather);
    });
    known = seen;
    if (pass < seen[0]!.length) continue;
    const [first, second] = results as [SplitEvaluation, SplitEvaluation];
    const names = Object.keys(first.gradients);
    const mean = (name: string) =>
      first.gradients[name]!.map((value, i) => (value + second.gradients[name]![i]!) / 2);
    return {
      loss: (first.loss + second.loss) / 2,
      gradients: Object.fromEntries(names.map((name) => [name, mean(name)])),
    };
  }
}

function evaluateHalf(
  model: Model,
  batch: readonly HostArray[],
  draws: HostArrays,
  worker: number,
  parameters: HostParameters,
  gather: Gather,
): SplitEvaluation {
  const layout = flatLayout(model.parameters);
  return tf.tidy(() => {
    const weights = uploadTree(weightsOf(model, parameters)) as Weights;
    const inputs = (uploadTree(batch) as readonly Tensor[]).map((x) => {
      const half = x.shape[0]! / 2;
      return tf.slice(x, worker * half, half);
    });
    const given = { inputs, draws: uploadTree(draws) };
    const { objective, gradients } = gradientsOf(
      model as TrainableModel,
      layout,
      weights,
      given,
      gather,
    );
    const values = Object.entries(present(gradients))
      .map(([name, gradient]) => [name, gradient.dataSync() as Float32Array] as const);
    const loss = objective.loss.dataSync()[0]!;
    tf.dispose([...Object.values(objective.metrics), ...Object.values(objective.state)]);
    return { loss, gradients: Object.fromEntries(values) };
  });
}
