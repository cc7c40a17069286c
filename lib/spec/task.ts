/**
 * What is predicted from a sample, and the metric that the benchmark reports for it.
 *
 * @module
 */

import { z } from "zod";
import type { ValueOf } from "./schema.ts";

/**
 * Schema of {@linkcode MetricName}.
 *
 * @ignore
 */
export const metricName = z.enum(["accuracy", "weighted-f1", "auroc", "spearman", "pearson"]);

/** Metric by which a task is reported: fractions in 0..1, correlations in -1..1. */
export type MetricName = ValueOf<typeof metricName>;

/**
 * Schema of {@linkcode TaskSpec}.
 *
 * Label layout per sample: `single-label` and `binary` one int32 class (binary: 0 or 1);
 * `multi-label` int32 (classes) of 0/1; `regression` one float32; `per-token` int32 (length).
 *
 * @ignore
 */
export const taskSpec = z.strictObject({
  kind: z.enum(["single-label", "binary", "multi-label", "regression", "per-token"]),
  /** Number of classes; 2 for `binary`, 1 for `regression`. */
  classes: z.number().int().positive(),
  metric: metricName,
  /** Names of the classes, in label order. */
  classNames: z.array(z.string()).optional(),
  /** Padding label of a per-token task, which a masked metric leaves out. */
  ignoreLabel: z.number().int().optional(),
});

/** Description of a labelled task. */
export type TaskSpec = ValueOf<typeof taskSpec>;

/** Number of outputs of a head: one for binary tasks and regression, else one a class. */
export function outputCount(task: TaskSpec): number {
  return task.kind === "binary" || task.kind === "regression" ? 1 : task.classes;
}
