/**
 * Cutting inputs into patches, and embedding them in the MetaMAE backbone.
 *
 * The published patch embedding is a strided convolution whose kernel is its stride, which is a
 * linear map on every patch; weights keep the convolution's layout.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { embedding } from "../engine/ops/mod.ts";
import { type InputSpec, patchCount, patchWidth } from "../spec/mod.ts";
import { parameter, project } from "./linear.ts";
import { fanIn, type ParameterSpec, trainable, xavier } from "./parameter_spec.ts";

/**
 * Patches of a batch, in the order of the reference's targets.
 *
 * Series: (step in patch, channel), channel fastest. Images: (row, column, channel), channel
 * fastest, patches row-major. Tabular: one value a patch. Tokens: the ids as they are.
 *
 * @param x (N, ...sample shape).
 * @returns (N, L, P), or ids (N, L).
 */
export function patchify(x: Tensor, input: InputSpec): Tensor {
  const [samples] = x.shape as [number];
  const count = patchCount(input);
  switch (input.kind) {
    case "tokens":
      return x;
    case "tabular":
      return tf.reshape(x, [samples, count, 1]);
    case "series": {
      const { channels, patch } = input;
      const cut = tf.reshape(x, [samples, channels, count * patch]);
      return tf.reshape(tf.transpose(cut, [0, 2, 1]), [samples, count, patch * channels]);
    }
    case "image": {
      const { channels, height, width, patch } = input;
      const [rows, columns] = [height / patch, width / patch];
      // Channels last first, so that no axis order of more than five axes is needed.
      const last = tf.transpose(x, [0, 2, 3, 1]);
      const bands = tf.reshape(last, [samples * rows, patch, columns, patch * channels]);
      const cut = tf.transpose(bands, [0, 2, 1, 3]);
      return tf.reshape(cut, [samples, count, patchWidth(input)]);
    }
  }
}

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
