/**
 * Evaluates an objective as two workers would that share a batch, one after the other in one process.
 *
 * @module
 */

import { detach } from "../../lib/engine/ops/mod.ts";
import { upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostDraws, Model, StepKey } from "../../lib/methods/method.ts";
import type { Gather } from "../../lib/nn/batch_share.ts";
import { flatLayout, packHost } from "../../lib/train/flat_layout.ts";
import type { HostParameters } from "../../lib/train/parameters.ts";
import { gradientsOf, type TrainableModel } from "../../lib/train/train_step.ts";
import { float32, type NdArray } from "../../lib/util/ndarray.ts";

type Batch = Readonly<Record<string, NdArray<"float32" | "int32">>>;

/** Loss and gradients by name. */
export interface SplitEvaluation {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** Draws of both halves of the batch of a key. */
export function halves(model: Model, key: StepKey): readonly [HostDraws, HostDraws] {
  const half = key.samples / 2;
  const of = (firstSample: number) =>
    model.draw({ ...key, firstSample, samples: half, batchSize: key.samples });
  return [of(0), of(half)];
}

/**
 * The mean of loss and gradients over both halves. Rows that one half gathers from the other are those
 * that it computed in the pass before; passes go on until all of them are right.
 */

export function evaluateSplit(
  model: Model,
  batch: Batch,
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
  batch: Batch,
  draws: HostDraws,
  worker: number,
  parameters: HostParameters,
  gather: Gather,
): SplitEvaluation {
  const layout = flatLayout(model.parameters);
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  const prefixed = (prefix: string, arrays: HostDraws): HostDraws =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [prefix + name, array]));
  return tf.tidy(() => {
    const inputs = uploadTree({
      p: packHost(layout, parameters),
      ...prefixed("s/", Object.fromEntries(fixed.map(({ name }) => [name, parameters[name]!]))),
      ...prefixed("draw/", draws),
    });
    const whole = Object.entries(uploadTree(batch)).map(([k, x]): [string, Tensor] => {
      const half = x.shape[0]! / 2;
      return [`x/${k}`, tf.slice(x, worker * half, half)];
    });
    const given = { ...inputs, ...Object.fromEntries(whole) };
    const { objective, gradients } = gradientsOf(model as TrainableModel, layout, given, gather);
    const values = Object.entries(gradients).flatMap(([name, gradient]) =>
      gradient === undefined ? [] : [[name, gradient.dataSync() as Float32Array] as const]
    );
    const loss = objective.loss.dataSync()[0]!;
    tf.dispose([...Object.values(objective.metrics), ...Object.values(objective.state)]);
    return { loss, gradients: Object.fromEntries(values) };
  });
}
