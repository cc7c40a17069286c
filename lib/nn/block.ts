/**
 * The pre-norm transformer block of the MetaMAE repository.
 *
 * x <- x + Drop(Proj(Attn(LN1(x)))); x <- x + Drop(FC2(Drop(GELU(FC1(LN2(x)))))).
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { gelu } from "../engine/ops/mod.ts";
import { selfAttention } from "./attention.ts";
import { linear, norm, parameter, project } from "./linear.ts";
import { linearSpecs, normSpecs, type ParameterSpec, trainable, xavier } from "./parameter_spec.ts";

/** Applies dropout at one of a model's places; the identity outside training. */
export type Drop = (x: Tensor) => Tensor;

/** Parameters of one block of the given width; the MLP is twice as wide. */
export function blockSpecs(name: string, width: number): ParameterSpec[] {
  return [
    ...normSpecs(`${name}.norm1`, width),
    trainable(`${name}.attn.qkv.weight`, [3 * width, width], xavier(3 * width, width)),
    ...linearSpecs(`${name}.attn.proj`, width, width),
    ...normSpecs(`${name}.norm2`, width),
    ...linearSpecs(`${name}.mlp.fc1`, 2 * width, width),
    ...linearSpecs(`${name}.mlp.fc2`, width, 2 * width),
  ];
}

/**
 * One block.
 *
 * @param x (N, T, D).
 * @param drop Dropout after the attention's projection, after GELU and after FC2.
 * @returns (N, T, D).
 */
export function block(
  parameters: StateDict,
  name: string,
  x: Tensor,
  heads: number,
  drop?: Drop,
): Tensor {
  const mixed = selfAttention(queriesKeysValues(parameters, name, x), heads);
  return blockOutput(parameters, name, x, mixed, drop);
}

/**
 * What a block's attention reads of every token: its queries, keys and values.
 *
 * @param x (..., D).
 * @returns (..., 3 D).
 */
export function queriesKeysValues(parameters: StateDict, name: string, x: Tensor): Tensor {
  return project(
    norm(parameters, `${name}.norm1`, x),
    parameter(parameters, `${name}.attn.qkv.weight`),
  );
}

/**
 * A block from its attention on, where every token goes its own way.
 *
 * @param x What came into the block (..., D).
 * @param mixed Attention of the same tokens (..., D).
 * @returns (..., D).
 */
export function blockOutput(
  parameters: StateDict,
  name: string,
  x: Tensor,
  mixed: Tensor,
  drop: Drop = (x) => x,
): Tensor {
  const attended = tf.add(x, drop(linear(parameters, `${name}.attn.proj`, mixed)));
  const hidden = linear(parameters, `${name}.mlp.fc1`, norm(parameters, `${name}.norm2`, attended));
  const out = linear(parameters, `${name}.mlp.fc2`, drop(gelu(hidden)));
  return tf.add(attended, drop(out));
}
