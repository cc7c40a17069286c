/**
 * Learning-rate schedules.
 *
 * @module
 */

import { z } from "zod";

/**
 * Schema of {@linkcode Schedule}: `constant` is the published one; `cosine` rises linearly over
 * `warmup` steps and then falls along half a cosine to `final` times the learning rate at the last step.
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
export type Schedule = z.infer<typeof schedule>;

/**
 * Learning rate of a step.
 *
 * @param base The configured learning rate.
 * @param step Zero-based step.
 * @param steps Number of steps of the whole run.
 *
 * @example
 * ```ts
 * import { learningRate } from "./schedule.ts";
 * console.assert(learningRate({ kind: "constant" }, 1e-4, 500, 1000) === 1e-4);
 * console.assert(learningRate({ kind: "cosine", warmup: 10, final: 0 }, 1, 4, 100) === 0.5);
 * ```
 */
export function learningRate(
  schedule: Schedule,
  base: number,
  step: number,
  steps: number,
): number {
  if (schedule.kind === "constant") return base;
  const { warmup, final } = schedule;
  if (step < warmup) return base * (step + 1) / warmup;
  const progress = Math.min(1, (step - warmup + 1) / Math.max(1, steps - warmup));
  return base * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
