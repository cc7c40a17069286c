/**
 * Evaluates objectives of models in tests of single methods.
 *
 * @module
 */

import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import {
  type DeviceTree,
  type HostArray,
  type HostArrays,
  type HostTree,
  leavesOf,
  type TensorTree,
} from "../../lib/engine/backend/tree.ts";
import type { Model } from "../../lib/methods/method.ts";
import { flatLayout, packHost } from "../../lib/train/flat_layout.ts";
import { type HostParameters, initialParameters } from "../../lib/train/parameters.ts";
import {
  gradientsOf,
  scalarsOf,
  type TrainableModel,
  type Weights,
} from "../../lib/train/train_step.ts";

/** A state dict as training holds it. */
export function weightsOf(
  model: Pick<Model, "parameters">,
  parameters: HostParameters,
): HostTree<Weights> {
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  return {
    weights: packHost(flatLayout(model.parameters), parameters),
    buffers: Object.fromEntries(fixed.map(({ name }) => [name, parameters[name]!])),
  };
}

/** Gradients by name, without tensors that the loss does not depend on. */
export function present(
  gradients: Readonly<Record<string, Tensor | undefined>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(gradients).filter((entry): entry is [string, Tensor] => entry[1] !== undefined),
  );
}

/** Calls a function and frees all that it made but for the leaves of its result. */
export function tidied<T extends TensorTree>(f: () => T): T {
  let result: T | undefined;
  tf.tidy(() => leavesOf(result = f()));
  return result!;
}

/** Loss, metrics and gradients of one evaluation. */
export interface Evaluation {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent for tensors that the loss does not depend on. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** Evaluates the objective of a model on host arrays. */
export async function evaluate<Draws extends TensorTree>(
  model: Model<Draws>,
  batch: readonly HostArray[],
  draws: HostTree<Draws>,
  parameters: HostParameters = initialParameters(model.parameters, 0),
): Promise<Evaluation> {
  const layout = flatLayout(model.parameters);
  const weights = uploadTree(weightsOf(model, parameters)) as Weights;
  const inputs = uploadTree(batch) as readonly Tensor[];
  const drawn = uploadTree(draws as HostArrays) as DeviceTree<HostArrays> as Draws;
  const outputs = tidied(() => {
    const trained = model as TrainableModel<Draws>;
    const given = { inputs, draws: drawn };
    const { objective, gradients } = gradientsOf(trained, layout, weights, given);
    const { loss, metrics, state } = objective;
    return { loss, metrics, state, gradients: present(gradients) };
  });
  const host = await downloadTree(outputs);
  disposeTree(weights, inputs, drawn, outputs);
  return {
    loss: host.loss.data[0]!,
    metrics: scalarsOf(host.metrics),
    gradients: Object.fromEntries(
      Object.entries(host.gradients).map(([name, { data }]) => [name, data as Float32Array]),
    ),
  };
}
