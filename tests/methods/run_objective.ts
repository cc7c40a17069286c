/**
 * Evaluates objectives of models in tests of single methods.
 *
 * @module
 */

import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostDraws, Model } from "../../lib/methods/method.ts";
import { flatLayout, packHost } from "../../lib/train/flat_layout.ts";
import { type HostParameters, initialParameters } from "../../lib/train/parameters.ts";
import { gradientsOf, prefixed, type TrainableModel } from "../../lib/train/train_step.ts";
import type { NdArray } from "../../lib/util/ndarray.ts";

/** Loss, metrics and gradients of one evaluation. */
export interface Evaluation {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent for tensors that the loss does not depend on. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** Evaluates the objective of a model on host arrays. */
export async function evaluate(
  model: Model,
  batch: Readonly<Record<string, NdArray<"float32" | "int32">>>,
  draws: HostDraws,
  parameters: HostParameters = initialParameters(model.parameters, 0),
): Promise<Evaluation> {
  const layout = flatLayout(model.parameters);
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  const inputs = uploadTree({
    p: packHost(layout, parameters),
    ...Object.fromEntries(fixed.map(({ name }) => [`s/${name}`, parameters[name]!])),
    ...Object.fromEntries(Object.entries(batch).map(([k, array]) => [`x/${k}`, array])),
    ...Object.fromEntries(Object.entries(draws).map(([name, array]) => [`draw/${name}`, array])),
  });
  const outputs = tf.tidy(() => {
    const { objective, gradients } = gradientsOf(model as TrainableModel, layout, inputs);
    const given = Object.entries(gradients)
      .filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
    return {
      loss: objective.loss,
      ...prefixed("metric/", objective.metrics),
      ...prefixed("state/", objective.state),
      ...prefixed("gradient/", Object.fromEntries(given)),
    } as Record<string, Tensor>;
  });
  const host = await downloadTree(outputs);
  disposeTree(inputs, outputs);
  const part = (prefix: string) =>
    Object.entries(host).filter(([name]) => name.startsWith(prefix))
      .map(([name, { data }]) => [name.slice(prefix.length), data] as const);
  return {
    loss: host.loss!.data[0]!,
    metrics: Object.fromEntries(part("metric/").map(([name, data]) => [name, data[0]!])),
    gradients: Object.fromEntries(part("gradient/")) as Record<string, Float32Array>,
  };
}
