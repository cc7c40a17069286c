/**
 * The state of training on the engine, and its way to the host and back.
 *
 * @module
 */

import { download, type StateDict, type Tensor, upload, uploadTree } from "../engine/mod.ts";
import type { ParameterSpec } from "../methods/mod.ts";
import { float32, type NdArray } from "../util/mod.ts";
import type { OptimizerMoments } from "./checkpoint.ts";
import { type FlatLayout, flatLayout, packHost, unpack, unpackHost } from "./flat_layout.ts";
import type { HostParameters } from "./parameters.ts";
import type { TrainTensors, Weights } from "./train_step.ts";

/** Weights, moments and running statistics after a number of steps. */
export interface TrainState {
  /** Number of steps taken. */
  step: number;
  /** Weights, moments and running statistics by name, on the engine. */
  tensors: TrainTensors;
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
  const buffers = specs.filter(({ trainable }) => !trainable)
    .map(({ name }) => [name, parameters[name]!] as const);
  return {
    step,
    tensors: {
      weights: upload(packHost(layout, parameters)),
      moments: { first: moment(moments?.first), second: moment(moments?.second) },
      buffers: uploadTree(Object.fromEntries(buffers)),
    },
  };
}

/** The state dict by name; inside a step or a function of one. */
export function stateDict(layout: FlatLayout, { weights, buffers }: Weights): StateDict {
  return { ...buffers, ...unpack(layout, weights) };
}

/** Copies weights and moments to the host. */
export async function downloadState(
  specs: readonly ParameterSpec[],
  { tensors }: TrainState,
): Promise<HostState> {
  const layout = flatLayout(specs);
  const flat = async (tensor: Tensor) =>
    unpackHost(layout, await download(tensor) as NdArray<"float32">);
  const weights = await flat(tensors.weights);
  const parameters: Record<string, NdArray<"float32">> = {};
  for (const { name, trainable } of specs) {
    parameters[name] = trainable
      ? weights[name]!
      : await download(tensors.buffers[name]!) as NdArray<"float32">;
  }
  const { first, second } = tensors.moments;
  return { parameters, moments: { first: await flat(first), second: await flat(second) } };
}
