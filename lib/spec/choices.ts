/**
 * Choices of a run by name: sizes, backends, learning-rate schedules.
 *
 * @module
 */

import { z } from "zod";
import type { ValueOf } from "./schema.ts";

/** Names of the presets; `paper` is the published size. */
export const presetNames = ["paper", "small", "tiny"] as const;

/** Name of a preset. */
export type PresetName = typeof presetNames[number];

/** Backends by name; `auto` takes TensorFlow where it is installed, else wasm. */
export const backendNames = ["auto", "tensorflow", "wasm", "cpu"] as const;

/** Name of a backend on the command line. */
export type BackendName = typeof backendNames[number];

/**
 * Schema of {@linkcode Schedule}: `constant` is the published one; `cosine` rises linearly over
 * `warmup` steps and then falls along half a cosine to `final` times the learning rate at the last
 * step.
 *
 * @ignore
 */
export const schedule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant") }),
  z.strictObject({
    kind: z.literal("cosine"),
    warmup: z.number().int().nonnegative(),
    final: z.number().min(0).max(1),
  }),
]);

/** How the learning rate changes over a run. */
export type Schedule = ValueOf<typeof schedule>;
