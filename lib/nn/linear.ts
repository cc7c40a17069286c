/**
 * Linear and normalising maps over the last axis, with weights stored (out, in) as in the published
 * checkpoints.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { layerNorm } from "../engine/ops/mod.ts";
import { defaultLinearSpecs, normSpecs, type ParameterSpec } from "./parameter_spec.ts";

/**
 * A parameter by name.
 *
 * @throws {TypeError} If the state dict has no such entry.
 */
export function parameter(parameters: StateDict, name: string): Tensor {
  const found = parameters[name];
  if (found === undefined) {
    throw new TypeError(`Cannot find parameter "${name}" among ${Object.keys(parameters).length}`);
  }
  return found;
}

/**
 * x W^T.
 *
 * @param x (..., in).
 * @param weight (out, in).
 * @returns (..., out).
 */
export function project(x: Tensor, weight: Tensor): Tensor {
  const [outputs, inputs] = weight.shape as [number, number];
  const rows = tf.reshape(x, [-1, inputs]);
  const mapped = tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D, false, true);
  return tf.reshape(mapped, [...x.shape.slice(0, -1), outputs]);
}

/** x W^T + b with the parameters `<name>.weight` (out, in) and `<name>.bias` (out). */
export function linear(parameters: StateDict, name: string, x: Tensor): Tensor {
  return tf.add(
    project(x, parameter(parameters, `${name}.weight`)),
    parameter(parameters, `${name}.bias`),
  );
}

/** Layer normalisation with the parameters `<name>.weight` and `<name>.bias`. */
export function norm(parameters: StateDict, name: string, x: Tensor): Tensor {
  return layerNorm(
    x,
    parameter(parameters, `${name}.weight`),
    parameter(parameters, `${name}.bias`),
  );
}

/** Parameters `<name>.0.*` of the normalisation and `<name>.1.*` of the map. */
export function projectionHeadSpecs(name: string, outputs: number, width: number): ParameterSpec[] {
  return [...normSpecs(`${name}.0`, width), ...defaultLinearSpecs(`${name}.1`, outputs, width)];
}

/** Projects features (N, D) to (N, outputs). */
export function projectionHead(parameters: StateDict, name: string, features: Tensor): Tensor {
  return linear(parameters, `${name}.1`, norm(parameters, `${name}.0`, features));
}
