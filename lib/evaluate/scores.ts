/**
 * From the outputs of a probe to predictions, per-sample correctness and the metrics of a task.
 *
 * @module
 */

import type { TaskSpec } from "../spec/mod.ts";
import { accuracy, matches, type Statistic } from "./metrics.ts";
import { type Predictions, probeMetrics } from "./probe_metrics.ts";

/** What a probe predicts for a split. */
export interface Scores {
  /**
   * Row-major (rows, outputs): probabilities for classification (one of class 1 for binary tasks),
   * predictions for regression. Only their order and the comparison with one half are used.
   */
  readonly values: Float64Array;
  /** Labels in the layout of the task. */
  readonly labels: ArrayLike<number>;
  /** Number of samples: sequences for per-token tasks. */
  readonly samples: number;
}

/** Metrics by name, and which predictions were right. */
export interface Scored {
  /** Statistics over samples, by name: the metrics of the task and further ones. */
  readonly statistics: Readonly<Record<string, Statistic>>;
  /** 1 for every right prediction, `perSample` values a sample; null where there is no right. */
  readonly correct: Uint8Array<ArrayBuffer> | null;
  readonly perSample: number;
}

/** Probabilities of a linear head's outputs, or the outputs themselves for regression. */
export function probabilities(logits: ArrayLike<number>, task: TaskSpec): Float64Array {
  switch (task.kind) {
    case "regression":
      return Float64Array.from(logits);
    case "binary":
    case "multi-label":
      return Float64Array.from(logits, (x) => Math.fround(1 / (1 + Math.exp(-x))));
    default:
      return softmaxRows(logits, task.classes);
  }
}

/** Index of the largest of each row's values, the first of equal ones. */
export function argmaxRows(values: ArrayLike<number>, columns: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(values.length / columns);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    for (let c = 1; c < columns; c++) {
      if (values[i * columns + c]! > values[i * columns + best]!) best = c;
    }
    out[i] = best;
  }
  return out;
}

/** Rounds probabilities half to even, as the reference does: exactly one half is class 0. */
export function roundProbabilities(values: ArrayLike<number>): Int32Array<ArrayBuffer> {
  return Int32Array.from(values, (p) => p > 0.5 ? 1 : 0);
}

/** The metrics that suit a task. */
export function score(scores: Scores, task: TaskSpec): Scored {
  const predictions = predictionsOf(scores, task);
  const suiting = probeMetrics.filter((metric) => metric.suits(task));
  return {
    statistics: Object.fromEntries(
      suiting.map((metric) => [metric.name, metric.statistic(predictions, task)]),
    ),
    correct: task.kind === "regression" ? null : predictions.correct,
    perSample: predictions.perSample,
  };
}

/** Classes that a probe chose, and which of them are right. */
function predictionsOf({ values, labels, samples }: Scores, task: TaskSpec): Predictions {
  const { kind, classes } = task;
  const predicted = kind === "regression"
    ? new Int32Array()
    : kind === "binary" || kind === "multi-label"
    ? roundProbabilities(values)
    : argmaxRows(values, classes);
  const correct = kind === "regression" ? new Uint8Array() : matches(predicted, labels);
  const perSample = kind === "regression" ? 1 : correct.length / samples;
  return { values, labels, predicted, correct, perSample };
}

/** The published metric of a task from a probe's outputs, for the history of epochs. */
export function primaryMetric(scores: Scores, task: TaskSpec): number | null {
  if (task.metric === "accuracy" && task.kind === "single-label") {
    return accuracy(argmaxRows(scores.values, task.classes), scores.labels).value;
  }
  return score(scores, task).statistics[task.metric]?.().value ?? null;
}

function softmaxRows(logits: ArrayLike<number>, columns: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let start = 0; start < out.length; start += columns) {
    let most = -Infinity;
    for (let c = 0; c < columns; c++) most = Math.max(most, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += out[start + c] = Math.exp(logits[start + c]! - most);
    for (let c = 0; c < columns; c++) out[start + c]! /= sum;
  }
  return out;
}
