/**
 * Test-time adaptation: gradient steps on latents through the decoder.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import type { MaskedAutoencoder } from "./masked_autoencoder.ts";
import { sampleMeans } from "./losses.ts";

/** Latents of full inputs before and after gradient steps on their own reconstruction. */
export interface AdaptedLatents {
  /** (N, 1 + L, D), CLS first. */
  readonly z: Tensor;
  /** (N, 1 + L, D). */
  readonly zStar: Tensor;
  /** Reconstruction loss of every sample before (N). */
  readonly before: Tensor;
  /** Reconstruction loss of every sample after (N). */
  readonly after: Tensor;
}

/** Steps of test-time adaptation. */
export interface AdaptationOptions {
  /** Gradient steps on the latents. */
  readonly innerSteps: number;
  /** Learning rate of these steps. */
  readonly innerLr: number;
}

/**
 * z* = z - a dL/dz with all tokens visible, where L is a sample's mean reconstruction loss; every
 * sample adapts on its own, whatever batch it stands in.
 */
export function adaptLatents(
  autoencoder: MaskedAutoencoder,
  parameters: StateDict,
  inputs: readonly Tensor[],
  { innerSteps, innerLr }: AdaptationOptions,
): AdaptedLatents {
  const targets = autoencoder.targets(inputs);
  const losses = (latents: Tensor): Tensor =>
    sampleMeans(autoencoder.tokenLosses(autoencoder.decode(parameters, latents), targets));
  const gradient = tf.grad((latents: Tensor) => tf.sum(losses(latents)));
  const z = autoencoder.encode(parameters, inputs);
  let zStar = z;
  for (let step = 0; step < innerSteps; step++) {
    zStar = tf.sub(zStar, tf.mul(gradient(zStar), innerLr));
  }
  return { z, zStar, before: losses(z), after: losses(zStar) };
}
