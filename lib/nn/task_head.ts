/**
 * A linear head on the features of an encoder, as entries of the state dict.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import { linear } from "./linear.ts";
import { defaultLinearSpecs, type ParameterSpec } from "./parameter_spec.ts";
import { withoutCls } from "./pooling.ts";

/** Start of the names of the head's entries. */
const headName = "task_head";

/** Whether an entry of a state dict belongs to a head. */
export function isHeadEntry(name: string): boolean {
  return name.startsWith(`${headName}.`);
}

/** Weight (outputs, width) and bias (outputs), uniform within 1 / sqrt(width) at first. */
export function taskHeadSpecs(width: number, task: TaskSpec): ParameterSpec[] {
  return defaultLinearSpecs(headName, outputCount(task), width);
}

/**
 * Scores (N, outputs) of samples, or (N L, outputs) of all tokens but CLS for a per-token task.
 *
 * @param latents (N, 1 + L, D).
 * @param pool Features (N, D) of latents.
 */
export function taskScores(
  parameters: StateDict,
  latents: Tensor,
  pool: (latents: Tensor) => Tensor,
  { kind }: TaskSpec,
): Tensor {
  const features = kind === "per-token" ? withoutCls(latents) : pool(latents);
  return linear(parameters, headName, tf.reshape(features, [-1, latents.shape[2]!]));
}
