/**
 * The baseline: features of an encoder that was never trained.
 *
 * @module
 */

import { z } from "zod";
import { poolTokens } from "../nn/latent_step.ts";
import { maskedAutoencoder } from "../nn/masked_autoencoder.ts";
import type { Method, Model } from "./method.ts";

/** Options of {@linkcode scratch}: none. */
export const scratchOptions = z.strictObject({});

/** Options of {@linkcode scratch}. */
export type ScratchOptions = z.infer<typeof scratchOptions>;

/** Parts of the state dict that only a decoder needs. */
const decoderParts = /^(mask_token|decoder)/;

/** A randomly initialised, frozen encoder. */
export const scratch: Method<ScratchOptions> = {
  id: "scratch",
  title: "Scratch",
  paper: 'Tamkin et al., "DABS: A Domain-Agnostic Benchmark for Self-Supervised Learning", ' +
    "NeurIPS Datasets and Benchmarks 2021",
  summary: "Features of a randomly initialised encoder, the baseline of the benchmark",
  backbones: ["metamae"],
  kinds: ["series", "tabular", "image", "tokens"],
  modalities: Infinity,
  trainable: false,
  options: scratchOptions,

  build(inputs, architecture): Model {
    // Nothing is masked; half is only what the shared builder asks for.
    const autoencoder = maskedAutoencoder(inputs, architecture, 0.5);
    return {
      inputs,
      architecture,
      parameters: autoencoder.parameters.filter(({ name }) => !decoderParts.test(name)),
      draw: () => ({}),
      encode: autoencoder.encode,
      pool: poolTokens,
    };
  },
};
