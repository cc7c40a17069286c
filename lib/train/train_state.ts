/**
 * The state of training on the engine, and its way to the host and back.
 *
 * @module
 */

import { disposeTree, download, type Tensor, type TensorTree, upload } from "../engine/mod.ts";
import type { ParameterSpec } from "../methods/mod.ts";
import { float32, type NdArray } from "../util/mod.ts";
import type { OptimizerMoments } from "./checkpoint.ts";
import { type FlatLayout, flatLayout, packHost, unpack, unpackHost } from "./flat_layout.ts";
import type { HostParameters } from "./parameters.ts";

/** Weights, moments and running statistics after a number of steps. */
export interface TrainState {
  /** Number of steps taken. */
  step: number;
  /** Tensors `p`, `m`, `v` and `s/<name>` as the training step names them. */
  tensors: TensorTree;
}

/** Weights and moments on the host. */
export interface HostState {
  readonly parameters: HostParameters;
  readonly moments: OptimizerMoments;
}

/**
 * Copies weights and moments to the engine.
 *
 * @param moments Zeros if they are not given.
 */
export function uploadState(
  specs: readonly ParameterSpec[],
  step: number,
  parameters: HostParameters,
  moments?: OptimizerMoments,
): TrainState {
  const layout = flatLayout(specs);
  const moment = (values: HostParameters | undefined) =>
    upload(values === undefined ? float32([layout.size]) : packHost(layout, values));
  const tensors: Record<string, Tensor> = {
    p: upload(packHost(layout, parameters)),
    m: moment(moments?.first),
    v: moment(moments?.second),
  };
  for (const { name, trainable } of specs) {
    if (!trainable) tensors[`s/${name}`] = upload(parameters[name]!);
  }
  return { step, tensors };
}

/** The state dict by name, from the tensors of a state; inside a step or a function of one. */
export function stateDict(layout: FlatLayout, tensors: TensorTree): TensorTree {
  const fixed = Object.entries(tensors).filter(([name]) => name.startsWith("s/"));
  return {
    ...Object.fromEntries(fixed.map(([name, tensor]) => [name.slice(2), tensor])),
    ...unpack(layout, tensors["p"]!),
  };
}

/** Copies weights and moments to the host. */
export async function downloadState(
  specs: readonly ParameterSpec[],
  state: TrainState,
): Promise<HostState> {
  const layout = flatLayout(specs);
  const flat = (name: string) => downloadFlat(layout, state.tensors[name]!);
  const weights = await flat("p");
  const parameters: Record<string, NdArray<"float32">> = {};
  for (const { name, trainable } of specs) {
    parameters[name] = trainable
      ? weights[name]!
      : await download(state.tensors[`s/${name}`]!) as NdArray<"float32">;
  }
  return { parameters, moments: { first: await flat("m"), second: await flat("v") } };
}

async function downloadFlat(layout: FlatLayout, tensor: Tensor): Promise<HostParameters> {
  return unpackHost(layout, await download(tensor) as NdArray<"float32">);
}

/** Moves a state one step on: takes over new tensors and frees those that they replace. */
export function advance(state: TrainState, outputs: TensorTree): void {
  const replaced = Object.keys(outputs).filter((name) => name in state.tensors);
  disposeTree(Object.fromEntries(replaced.map((name) => [name, state.tensors[name]!])));
  state.tensors = {
    ...state.tensors,
    ...Object.fromEntries(replaced.map((name) => [name, outputs[name]!])),
  };
  state.step++;
}
