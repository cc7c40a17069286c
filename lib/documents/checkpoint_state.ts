/**
 * What is known about a checkpoint beside its tensors.
 *
 * @module
 */

import { z } from "zod";
import { defineDocument, type DocumentOf } from "./define_document.ts";

const fileDigest = z.strictObject({
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const fields = z.strictObject({
  method: z.string(),
  /** Number of steps taken. */
  step: z.number().int().nonnegative(),
  /** Samples seen; with the seed, all that the sampler needs to go on. */
  samples: z.number().int().nonnegative(),
  seed: z.number(),
  /** Metrics of the last step; empty before the first. */
  metrics: z.record(z.string(), z.number()),
  files: z.strictObject({
    "model.safetensors": fileDigest,
    "optimizer.safetensors": fileDigest.optional(),
  }),
});

/** What is known about a checkpoint, `state.json`. */
export const checkpointState = defineDocument("metamae/checkpoint", 1, fields, {
  file: "state.json",
});

/** What is known about a checkpoint beside its tensors. */
export type CheckpointState = DocumentOf<typeof checkpointState>;
