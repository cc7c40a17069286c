/**
 * Embedding patches and tokens in the MetaMAE backbone.
 *
 * The published patch embedding is a strided convolution whose kernel is its stride, which is a linear
 * map on every patch; weights keep the convolution's layout.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { embedding } from "../engine/ops/mod.ts";
import { type InputSpec, patchWidth } from "../spec/mod.ts";
import { parameter, project } from "./linear.ts";
import { fanIn, type ParameterSpec, trainable, xavier } from "./parameter_spec.ts";

/** Parameters `<name>.proj.*`: (D, C, p), (D, C, p, p) with bias (D), or a table (V, D). */
export function patchEmbeddingSpecs(
  name: string,
  input: InputSpec,
  width: number,
): ParameterSpec[] {
  const weight = `${name}.proj.weight`;
  if (input.kind === "tokens") {
    const { vocabulary } = input;
    return [trainable(weight, [vocabulary, width], xavier(vocabulary, width))];
  }
  const inputs = patchWidth(input);
  return [
    trainable(weight, kernelShape(input, width), xavier(width, inputs)),
    // The reference leaves the convolution's bias at its library's default.
    trainable(`${name}.proj.bias`, [width], fanIn(inputs)),
  ];
}

/**
 * Embeds patches.
 *
 * @param patches (N, K, P) as cut by `patchify`, or ids (N, K).
 * @returns (N, K, D), without position codes.
 */
export function embedPatches(
  parameters: StateDict,
  name: string,
  input: InputSpec,
  patches: Tensor,
): Tensor {
  const weight = parameter(parameters, `${name}.proj.weight`);
  if (input.kind === "tokens") return embedding(weight, patches);
  const bias = parameter(parameters, `${name}.proj.bias`);
  return tf.add(project(patches, kernelMatrix(weight, input)), bias);
}

function kernelShape(input: InputSpec, width: number): readonly number[] {
  switch (input.kind) {
    case "series":
      return [width, input.channels, input.patch];
    case "image":
      return [width, input.channels, input.patch, input.patch];
    default:
      return [width, 1, 1];
  }
}

/** The convolution's weight as a matrix (D, P) whose columns follow the order inside patches. */
function kernelMatrix(weight: Tensor, input: InputSpec): Tensor {
  const channelsLast = weight.shape.length === 4
    ? tf.transpose(weight, [0, 2, 3, 1])
    : tf.transpose(weight, [0, 2, 1]);
  return tf.reshape(channelsLast, [weight.shape[0]!, patchWidth(input)]);
}
