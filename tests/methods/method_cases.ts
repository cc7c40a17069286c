/**
 * Every combination of method, backbone and input that the contract tests run, at tiny sizes.
 *
 * @module
 */

import { createSequenceEncoder } from "../../lib/nn/create_sequence_encoder.ts";
import { uniformRows } from "../../lib/nn/draws.ts";
import { linear } from "../../lib/nn/linear.ts";
import { defaultLinearSpecs } from "../../lib/nn/parameter_spec.ts";
import type { Architecture, BackboneName, Method, Model } from "../../lib/methods/method.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostArray } from "../../lib/engine/backend/tree.ts";
import { type InputSpec, patchCount, sampleShape } from "../../lib/spec/input.ts";
import { elementCount, float32, int32 } from "../../lib/util/ndarray.ts";
import { drawKey, integer, normals } from "../../lib/util/random.ts";
import { z } from "zod";

/** Inputs by name: one of every kind, and two modalities at once. */
export const inputCases: Readonly<Record<string, readonly InputSpec[]>> = {
  "series": [{ kind: "series", channels: 2, length: 24, patch: 3 }],
  "tabular": [{ kind: "tabular", features: 9 }],
  "image": [{ kind: "image", channels: 3, height: 8, width: 8, patch: 2 }],
  "tokens": [{ kind: "tokens", vocabulary: 5, length: 10 }],
  "image + text": [
    { kind: "image", channels: 2, height: 6, width: 6, patch: 2 },
    { kind: "tokens", vocabulary: 7, length: 8 },
  ],
};

/** Sizes that run in milliseconds. */
export function tinyArchitecture(backbone: BackboneName): Architecture {
  return {
    backbone,
    encoderWidth: 16,
    encoderLayers: 2,
    encoderHeads: 2,
    encoderHeadWidth: backbone === "dabs" ? 12 : 8,
    decoderWidth: 8,
    decoderLayers: 1,
    decoderHeads: 2,
    dropout: 0.1,
  };
}

/** One combination. */
export interface MethodCase {
  /** For names of tests, such as `emix on dabs, image`. */
  readonly name: string;
  readonly method: Method;
  readonly backbone: BackboneName;
  readonly model: Model;
}

/** All combinations that a method says it runs. */
export function casesOf(method: Method): readonly MethodCase[] {
  return Object.entries(inputCases).flatMap(([kind, inputs]) => {
    const fits = inputs.length <= method.modalities &&
      inputs.every((input) => method.kinds.includes(input.kind));
    if (!fits) return [];
    return method.backbones.map((backbone) => ({
      name: `${method.id} on ${backbone}, ${kind}`,
      method,
      backbone,
      model: method.build(inputs, tinyArchitecture(backbone), method.options.parse({})),
    }));
  });
}

/** Samples for a model, one array a modality: normal values, and ids. */
export function sampleBatch(
  inputs: readonly InputSpec[],
  samples: number,
  seed = 0,
): HostArray[] {
  return inputs.map((input, k) => {
    const shape = [samples, ...sampleShape(input)];
    const key = drawKey(seed, `sample/${k}`);
    const count = elementCount(shape);
    return input.kind === "tokens"
      ? int32(shape, Array.from({ length: count }, (_, i) => integer(key, i, input.vocabulary)))
      : float32(shape, normals(key, count));
  });
}

/** Tokens of all modalities. */
export function tokenCount(inputs: readonly InputSpec[]): number {
  return inputs.reduce((sum, input) => sum + patchCount(input), 0);
}

/** Noise on the embeddings (N, L). */
type ToyDraws = { readonly noise: Tensor };

const toyOptions = z.strictObject({ noise: z.number().nonnegative().default(0.1) });

/**
 * A method as a user would add one: tokens are told by their latents where they stand in the
 * sequence, under noise on the embeddings. It is written against the contract only and known to no
 * registry.
 */
export const toyMethod: Method<z.infer<typeof toyOptions>, ToyDraws> = {
  id: "toy",
  title: "Toy",
  paper: "none",
  summary: "Regresses the position of every token",
  backbones: ["dabs", "metamae"],
  kinds: ["series", "tabular", "image", "tokens"],
  modalities: Infinity,
  trainable: true,
  options: toyOptions,

  build(inputs, architecture, { noise }): Model<ToyDraws> {
    const encoder = createSequenceEncoder(inputs, architecture);
    const length = tokenCount(inputs);
    return {
      inputs,
      architecture,
      parameters: [...encoder.parameters, ...defaultLinearSpecs("position", 1, encoder.width)],
      draw: (key) => ({ noise: uniformRows(key, "toy", length) }),
      objective(parameters, tensors, draws) {
        const embeddings = encoder.embed(parameters, tensors);
        const shaken = tf.add(embeddings, tf.mul(tf.expandDims(draws.noise, -1), noise));
        const latents = encoder.transform(parameters, shaken);
        const ids = Float32Array.from({ length: length + 1 }, (_, i) => i / length);
        const places = tf.tensor(ids, [1, length + 1, 1]);
        const error = tf.sub(linear(parameters, "position", latents), places);
        return { loss: tf.mean(tf.square(error)), metrics: {}, state: {} };
      },
      encode: encoder.encode,
      pool: encoder.pool,
    };
  },
};
