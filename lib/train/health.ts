/**
 * Finding out where a number stopped being finite.
 *
 * @module
 */

import { disposeTree, type Tensor, type TensorTree, tf } from "../engine/mod.ts";
import { NumericError } from "../util/mod.ts";
import { type FlatLayout, unpack } from "./flat_layout.ts";
import type { HostParameters } from "./parameters.ts";
import { gradientsOf, type TrainableModel } from "./train_step.ts";

/**
 * Names the first tensor of a step that is not finite, in the order in which a step computes: batch,
 * draws, weights, running statistics, loss, metrics, gradients.
 *
 * The objective is evaluated once more, operation by operation, from the last finite state.
 *
 * @param inputs Inputs of the step that failed.
 * @returns A text such as `the gradient of "encoder.0.norm1.weight"`, or `undefined` if the second
 * evaluation is finite.
 */
export async function firstBadTensor(
  model: TrainableModel,
  layout: FlatLayout,
  inputs: TensorTree,
): Promise<string | undefined> {
  const given: [string, Tensor][] = [];
  for (const [name, tensor] of Object.entries(inputs)) {
    const [kind, rest] = name.split(/\/(.*)/s);
    if (kind === "x") given.push([`input ${rest} of the batch`, tensor]);
    if (kind === "draw") given.push([`the draw "${rest}"`, tensor]);
    if (kind === "s") given.push([`"${rest}"`, tensor]);
  }
  const weights: TensorTree = tf.tidy(() => ({ ...unpack(layout, inputs["p"]!) }));
  for (const [name, tensor] of Object.entries(weights)) given.push([`"${name}"`, tensor]);
  const bad = await firstOf(given);
  disposeTree(weights);
  return bad ?? await firstComputed(model, layout, inputs);
}

async function firstComputed(
  model: TrainableModel,
  layout: FlatLayout,
  inputs: TensorTree,
): Promise<string | undefined> {
  const computed: [string, Tensor][] = [];
  tf.tidy(() => {
    const { objective, gradients } = gradientsOf(model, layout, inputs);
    const push = (what: string, tensor: Tensor) => computed.push([what, tf.keep(tensor)]);
    push("the loss", objective.loss);
    for (const [name, tensor] of Object.entries(objective.metrics)) {
      push(`the metric "${name}"`, tensor);
    }
    for (const [name, tensor] of Object.entries(objective.state)) push(`"${name}"`, tensor);
    for (const [name, tensor] of Object.entries(gradients)) {
      if (tensor !== undefined) push(`the gradient of "${name}"`, tensor);
    }
  });
  const bad = await firstOf(computed);
  tf.dispose(computed.map(([, tensor]) => tensor));
  return bad;
}

async function firstOf(tensors: readonly (readonly [string, Tensor])[]) {
  for (const [what, tensor] of tensors) {
    if (!(await tensor.data()).every(Number.isFinite)) return what;
  }
  return undefined;
}

/**
 * Refuses to keep weights that are not finite.
 *
 * @throws {NumericError} If a value is NaN or infinite; the message names the tensor.
 */
export function checkFinite(parameters: HostParameters, step: number): void {
  for (const [name, { data }] of Object.entries(parameters)) {
    const bad = data.find((value) => !Number.isFinite(value));
    if (bad === undefined) continue;
    throw new NumericError(`Cannot save step ${step}: "${name}" holds ${bad}`);
  }
}
