/**
 * Learning-rate schedules.
 *
 * @module
 */

import type { Schedule } from "../spec/mod.ts";

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
