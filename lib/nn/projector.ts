/**
 * The projector of the task contrast: linear, batch normalisation, ReLU, linear.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { parameter, project } from "./linear.ts";
import { constant, fanIn, type ParameterSpec, trainable } from "./parameter_spec.ts";

/** Epsilon of the batch normalisation. */
const epsilon = 1e-5;
/** Share of a batch in the running statistics. */
const momentum = 0.1;

/** Features per sample that the projector gives. */
export const projectedWidth = 128;

/** Parameters `projector.*` for latents of the given width. */
export function projectorSpecs(width: number): ParameterSpec[] {
  const hidden = 4 * width;
  const buffer = (name: string, value: number): ParameterSpec => ({
    name: `projector.1.${name}`,
    shape: [hidden],
    trainable: false,
    initializer: constant(value),
  });
  return [
    trainable("projector.0.weight", [hidden, width], fanIn(width)),
    trainable("projector.1.weight", [hidden], constant(1)),
    trainable("projector.1.bias", [hidden], constant(0)),
    buffer("running_mean", 0),
    buffer("running_var", 1),
    {
      name: "projector.1.num_batches_tracked",
      shape: [],
      trainable: false,
      initializer: constant(0),
      dtype: "int64",
    },
    trainable("projector.3.weight", [projectedWidth, hidden], fanIn(hidden)),
  ];
}

/** Unit vectors of a batch, and the running statistics after it. */
export interface Projected {
  /** (N, 128), rows of length 1. */
  readonly unit: Tensor;
  /** Running statistics of the batch normalisation. */
  readonly state: StateDict;
}

/**
 * Projects pooled latents with the statistics of this batch.
 *
 * The batch is normalised by its biased variance; the running variance takes the unbiased one.
 *
 * @param pooled (N, D); N must be at least 2.
 * @param state Running statistics before this call, under their parameter names.
 */
export function projector(parameters: StateDict, state: StateDict, pooled: Tensor): Projected {
  const hidden = project(pooled, parameter(parameters, "projector.0.weight"));
  const mean = tf.mean(hidden, 0);
  const centered = tf.sub(hidden, mean);
  const variance = tf.mean(tf.square(centered), 0);
  const normalized = tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
  const scaled = tf.add(
    tf.mul(normalized, parameter(parameters, "projector.1.weight")),
    parameter(parameters, "projector.1.bias"),
  );
  const projected = project(tf.relu(scaled), parameter(parameters, "projector.3.weight"));

  const samples = pooled.shape[0]!;
  const mixed = (name: string, batch: Tensor): Tensor =>
    tf.add(tf.mul(parameter(state, name), 1 - momentum), tf.mul(batch, momentum));
  return {
    unit: unitRows(projected),
    state: {
      "projector.1.running_mean": mixed("projector.1.running_mean", mean),
      "projector.1.running_var": mixed(
        "projector.1.running_var",
        tf.mul(variance, samples / (samples - 1)),
      ),
      "projector.1.num_batches_tracked": tf.add(
        parameter(state, "projector.1.num_batches_tracked"),
        1,
      ),
    },
  };
}

/** Rows divided by the larger of their length and 1e-12. */
export function unitRows(x: Tensor): Tensor {
  const squares = tf.sum(tf.square(x), -1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, 1e-24)));
}
