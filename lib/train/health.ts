/**
 * Finding out where a number stopped being finite.
 *
 * @module
 */

import { disposeTree, entriesOf, type Tensor, tf } from "../engine/mod.ts";
import { NumericError } from "../util/mod.ts";
import { type FlatLayout, unpack } from "./flat_layout.ts";
import type { HostParameters } from "./parameters.ts";
import { gradientsOf, type StepBatch, type TrainableModel, type Weights } from "./train_step.ts";

/**
 * Names the first tensor of a step that is not finite, in the order in which a step computes: batch,
 * draws, weights, running statistics, loss, metrics, gradients.
 *
 * The objective is evaluated once more, operation by operation, from the last finite state.
 *
 * @returns A text such as `the gradient of "encoder.0.norm1.weight"`, or `undefined` if the second
 * evaluation is finite.
 */
export async function firstBadTensor(
  model: TrainableModel,
  layout: FlatLayout,
  state: Weights,
  batch: StepBatch,
): Promise<string | undefined> {
  const weights = tf.tidy(() => ({ ...unpack(layout, state.weights) }));
  const bad = await firstOf([
    ...batch.inputs.map((tensor, k): Named => [`input ${k} of the batch`, tensor]),
    ...batch.targets === undefined ? [] : [["the labels", batch.targets] as Named],
    ...entriesOf(batch.draws).map(([path, tensor]): Named => [`the draw "${path}"`, tensor]),
    ...named("", weights),
    ...named("", state.buffers),
  ]);
  disposeTree(weights);
  return bad ?? await firstComputed(model, layout, state, batch);
}

/** What a message calls a tensor. */
type Named = readonly [what: string, tensor: Tensor];

function named(what: string, tensors: Readonly<Record<string, Tensor | undefined>>): Named[] {
  return Object.entries(tensors).flatMap(([name, tensor]): Named[] =>
    tensor === undefined ? [] : [[`${what}"${name}"`, tensor]]
  );
}

async function firstComputed(
  model: TrainableModel,
  layout: FlatLayout,
  state: Weights,
  batch: StepBatch,
): Promise<string | undefined> {
  const computed: Named[] = [];
  tf.tidy(() => {
    const { objective, gradients } = gradientsOf(model, layout, state, batch);
    computed.push(
      ["the loss", objective.loss],
      ...named("the metric ", objective.metrics),
      ...named("", objective.state),
      ...named("the gradient of ", gradients),
    );
    for (const [, tensor] of computed) tf.keep(tensor);
  });
  const bad = await firstOf(computed);
  tf.dispose(computed.map(([, tensor]) => tensor));
  return bad;
}

async function firstOf(tensors: readonly Named[]) {
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
