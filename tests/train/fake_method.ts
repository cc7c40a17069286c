/**
 * A tiny method for tests: a linear denoising auto-encoder with every kind of state dict entry.
 *
 * @module
 */

import { z } from "zod";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostTree, StateDict } from "../../lib/engine/backend/tree.ts";
import type { Method, Model } from "../../lib/methods/method.ts";
import type { StepKey } from "../../lib/nn/draws.ts";
import { type InputSpec, sampleShape } from "../../lib/spec/input.ts";
import { elementCount, float32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";

const options = z.object({
  width: z.number().int().positive().default(3),
  noise: z.number().nonnegative().default(0.1),
  /** Zero-based step at which the loss becomes NaN. */
  poisonStep: z.number().int().optional(),
  /** Makes the gradient of the decoder infinite times zero, while the loss stays finite. */
  poisonGradient: z.boolean().optional(),
});

/** Options of {@linkcode fakeMethod}. */
export type FakeOptions = z.infer<typeof options>;

/** Draws of {@linkcode fakeMethod}. */
export type FakeDraws = {
  /** Noise on the features (N, features). */
  readonly noise: Tensor;
  /** 1, or NaN in the step that is to fail. */
  readonly poison: Tensor;
};

/** Builds the model for a number of flat input features. */
export function fakeModel(
  inputs: readonly InputSpec[],
  architecture: Model["architecture"],
  { width, noise, poisonStep, poisonGradient }: FakeOptions,
): Model<FakeDraws> {
  const features = elementCount(sampleShape(inputs[0]!));
  const bound = Math.sqrt(3 / features);
  const flat = (x: Tensor) => tf.reshape(tf.cast(x, "float32"), [-1, features]);
  const code = (p: StateDict, x: Tensor) =>
    tf.add(tf.matMul(x, p["encoder.weight"]!, false, true), p["encoder.bias"]!);
  return {
    inputs,
    architecture,
    parameters: [
      weight("encoder.weight", [width, features], bound),
      {
        name: "table",
        shape: [features],
        trainable: false,
        initializer: {
          kind: "fixed",
          values: Float32Array.from({ length: features }, (_, i) => i),
        },
      },
      { ...weight("encoder.bias", [width], 0.1), initializer: { kind: "normal", deviation: 0.1 } },
      weight("unused.weight", [2, 2], 1),
      weight("decoder.weight", [features, width], 0.5),
      {
        name: "running_mean",
        shape: [width],
        trainable: false,
        initializer: { kind: "constant", value: 0 },
      },
      {
        name: "batches_seen",
        shape: [],
        trainable: false,
        initializer: { kind: "constant", value: 0 },
        dtype: "int64",
      },
    ],
    draw({ seed, step, firstSample, samples }: StepKey): HostTree<FakeDraws> {
      const values = new Float32Array(samples * features);
      for (let n = 0; n < samples; n++) {
        values.set(normals(drawKey(seed, "noise", step, firstSample + n), features), n * features);
      }
      return {
        noise: float32([samples, features], values.map((value) => value * noise)),
        poison: float32([], [step === poisonStep ? NaN : 1]),
      };
    },
    objective(p, inputs, draws) {
      const x = flat(inputs[0]!);
      const z = code(p, tf.add(x, draws.noise));
      const decoded = tf.matMul(z, p["decoder.weight"]!, false, true);
      const error = tf.mean(tf.square(tf.sub(decoded, x)));
      const root = tf.sqrt(tf.sum(tf.mul(p["decoder.weight"]!, 0)));
      return {
        loss: tf.mul(poisonGradient ? tf.add(error, root) : error, draws.poison),
        metrics: { codeSize: tf.mean(tf.abs(z)) },
        state: {
          running_mean: tf.add(tf.mul(p["running_mean"]!, 0.9), tf.mul(tf.mean(z, 0), 0.1)),
          batches_seen: tf.add(p["batches_seen"]!, 1),
        },
      };
    },
    encode: (p, inputs) => tf.expandDims(code(p, flat(inputs[0]!)), 1),
    pool: (latents) => tf.mean(latents, 1),
  };
}

function weight(name: string, shape: readonly number[], bound: number) {
  return { name, shape, trainable: true, initializer: { kind: "uniform", bound } } as const;
}

/** The method; `options` hold the width of the code, the noise and the step that fails. */
export const fakeMethod: Method<FakeOptions, FakeDraws> = {
  id: "fake",
  title: "Linear denoising auto-encoder",
  paper: "none",
  summary: "A linear model for tests of the training loop",
  backbones: ["metamae"],
  kinds: ["tabular", "series", "image", "tokens"],
  modalities: 1,
  trainable: true,
  options,
  build: fakeModel,
};
