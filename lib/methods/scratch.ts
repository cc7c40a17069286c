/**
 * The baseline: features of an encoder that was never trained.
 *
 * On the DABS backbone it is the Baseline of the published tables; on MetaMAE's it is what MAE and
 * MetaMAE start from.
 *
 * @module
 */

import { z } from "zod";
import { createSequenceEncoder } from "../nn/mod.ts";
import { anyInput, dabsPaper, type Method, type Model, modelOf } from "./method.ts";

/** Options of {@linkcode scratch}: none. */
export const scratchOptions = z.strictObject({});

/** Options of {@linkcode scratch}. */
export type ScratchOptions = z.infer<typeof scratchOptions>;

/** A randomly initialised, frozen encoder. */
export const scratch: Method<ScratchOptions> = {
  id: "scratch",
  title: "Scratch",
  paper: dabsPaper,
  summary: "Features of a randomly initialised encoder, the baseline of the benchmark",
  backbones: ["metamae", "dabs"],
  publishedBackbone: "dabs",
  ...anyInput,
  trainable: false,
  options: scratchOptions,

  build(inputs, architecture): Model {
    const encoder = createSequenceEncoder(inputs, architecture);
    return { ...modelOf(encoder, architecture), draw: () => ({}) };
  },
};
