/**
 * From the outputs of a probe to predictions, per-sample correctness and the metrics of a task.
 *
 * @module
 */

import type { TaskSpec } from "../spec/mod.ts";
import {
  accuracy,
  aurocStatistic,
  macroAurocStatistic,
  matches,
  pearsonStatistic,
  ratioStatistic,
  spearmanStatistic,
  type Statistic,
  weightedF1Statistic,
} from "./metrics.ts";

/** Most classes for which a single-label task also gets the mean one-against-rest AUROC. */
export const mostAurocClasses = 20;

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

/** Undoes the sigmoid of {@linkcode probabilities}; what float32 rounds to 0 or 1 is its next number. */
function logits(values: ArrayLike<number>): Float64Array {
  const least = 2 ** -24;
  return Float64Array.from(values, (value) => {
    const p = Math.min(Math.max(value, least), 1 - least);
    return Math.log(p / (1 - p));
  });
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
  const { values, labels, samples } = scores;
  switch (task.kind) {
    case "regression":
      return {
        statistics: {
          spearman: spearmanStatistic(values, labels),
          pearson: pearsonStatistic(values, labels),
        },
        correct: null,
        perSample: 1,
      };
    case "binary": {
      const predicted = roundProbabilities(values);
      const correct = matches(predicted, labels);
      const statistics = {
        accuracy: ratioStatistic(correct),
        "weighted-f1": weightedF1Statistic(predicted, labels, 2),
        auroc: aurocStatistic(values, labels),
        // The benchmark correlates the raw output of its head with the labels of such a task.
        ...(task.metric === "pearson" ? { pearson: pearsonStatistic(logits(values), labels) } : {}),
      };
      return { statistics, correct, perSample: 1 };
    }
    case "multi-label": {
      const correct = matches(roundProbabilities(values), labels);
      const statistics = {
        auroc: macroAurocStatistic(values, labels, task.classes),
        accuracy: groupRatio(correct, task.classes),
      };
      return { statistics, correct, perSample: task.classes };
    }
    case "single-label": {
      const predicted = argmaxRows(values, task.classes);
      const correct = matches(predicted, labels);
      const statistics: Record<string, Statistic> = {
        accuracy: ratioStatistic(correct),
        "weighted-f1": weightedF1Statistic(predicted, labels, task.classes),
      };
      if (task.metric === "auroc" || task.classes <= mostAurocClasses) {
        const hot = oneHot(labels, task.classes);
        statistics.auroc = macroAurocStatistic(values, hot, task.classes);
      }
      return { statistics, correct, perSample: 1 };
    }
    case "per-token": {
      const correct = matches(argmaxRows(values, task.classes), labels);
      const perSample = labels.length / samples;
      const statistics: Record<string, Statistic> = { accuracy: groupRatio(correct, perSample) };
      if (task.ignoreLabel !== undefined) {
        const counted = Uint8Array.from(labels, (label) => label === task.ignoreLabel ? 0 : 1);
        statistics["accuracy-without-padding"] = groupRatio(correct, perSample, counted);
      }
      return { statistics, correct, perSample };
    }
  }
}

/** The published metric of a task from a probe's outputs, for the history of epochs. */
export function primaryMetric(scores: Scores, task: TaskSpec): number | null {
  if (task.metric === "accuracy" && task.kind === "single-label") {
    return accuracy(argmaxRows(scores.values, task.classes), scores.labels).value;
  }
  return score(scores, task).statistics[task.metric]?.().value ?? null;
}

/** Share of right values among the counted ones, each sample with its group of values. */
function groupRatio(
  correct: Uint8Array,
  perSample: number,
  counted?: Uint8Array,
): Statistic {
  const samples = correct.length / perSample;
  const hits = new Float64Array(samples);
  const totals = new Float64Array(samples);
  for (let i = 0; i < correct.length; i++) {
    const count = counted?.[i] ?? 1;
    hits[Math.floor(i / perSample)]! += count * correct[i]!;
    totals[Math.floor(i / perSample)]! += count;
  }
  return ratioStatistic(hits, totals);
}

function oneHot(labels: ArrayLike<number>, classes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) out[i * classes + labels[i]!] = 1;
  return out;
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
