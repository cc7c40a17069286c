/**
 * The metrics of probes: one record each. A new metric is one record in the list below.
 *
 * @module
 */

import type { TaskSpec } from "../spec/mod.ts";
import {
  aurocStatistic,
  macroAurocStatistic,
  pearsonStatistic,
  ratioStatistic,
  spearmanStatistic,
  type Statistic,
  weightedF1Statistic,
} from "./metrics.ts";

/** Most classes for which a single-label task also gets the mean one-against-rest AUROC. */
export const mostAurocClasses = 20;

/** What a probe predicted for a split, and the truth. */
export interface Predictions {
  /**
   * Row-major (rows, outputs): probabilities for classification (one of class 1 for binary tasks),
   * predictions for regression. Only their order and the comparison with one half are used.
   */
  readonly values: Float64Array;
  /** Labels in the layout of the task. */
  readonly labels: ArrayLike<number>;
  /** Predicted classes, one a label; empty for regression. */
  readonly predicted: ArrayLike<number>;
  /** 1 where a predicted class is right, `perSample` values a sample; empty for regression. */
  readonly correct: Uint8Array<ArrayBuffer>;
  /** Values a sample: the length for per-token tasks, the classes for multi-label ones, else 1. */
  readonly perSample: number;
}

/** A metric of a probe: a fraction in 0..1, or a correlation in -1..1. Larger is better. */
export interface ProbeMetric {
  /** Key in result records. */
  readonly name: string;
  /** How it is called in the middle of a sentence. */
  readonly title: string;
  /** How tables show it: a fraction as percent, a correlation as it is. */
  readonly unit: "percent" | "coefficient";
  /** Whether it is measured for a task. */
  suits(task: TaskSpec): boolean;
  /** The metric of fixed predictions, as a function of how often each sample counts. */
  statistic(predictions: Predictions, task: TaskSpec): Statistic;
}

const accuracy: Omit<ProbeMetric, "suits"> = {
  name: "accuracy",
  title: "accuracy",
  unit: "percent",
  statistic: ({ correct, perSample }) => groupRatio(correct, perSample),
};

/** All metrics, in the order in which a record lists them. */
export const probeMetrics: readonly ProbeMetric[] = [
  {
    name: "spearman",
    title: "Spearman's ρ",
    unit: "coefficient",
    suits: ({ kind }) => kind === "regression",
    statistic: ({ values, labels }) => spearmanStatistic(values, labels),
  },
  { ...accuracy, suits: ({ kind }) => kind !== "regression" && kind !== "multi-label" },
  {
    name: "accuracy-without-padding",
    title: "accuracy without padding",
    unit: "percent",
    suits: ({ kind, ignoreLabel }) => kind === "per-token" && ignoreLabel !== undefined,
    statistic: ({ correct, perSample, labels }, { ignoreLabel }) =>
      groupRatio(correct, perSample, Uint8Array.from(labels, (n) => n === ignoreLabel ? 0 : 1)),
  },
  {
    name: "weighted-f1",
    title: "weighted F1",
    unit: "percent",
    suits: ({ kind }) => kind === "binary" || kind === "single-label",
    statistic: ({ predicted, labels }, { classes }) =>
      weightedF1Statistic(predicted, labels, classes),
  },
  {
    name: "auroc",
    title: "AUROC",
    unit: "percent",
    suits: ({ kind, metric, classes }) =>
      kind === "binary" || kind === "multi-label" ||
      (kind === "single-label" && (metric === "auroc" || classes <= mostAurocClasses)),
    statistic: ({ values, labels }, { kind, classes }) =>
      kind === "binary" ? aurocStatistic(values, labels) : macroAurocStatistic(
        values,
        kind === "multi-label" ? labels : oneHot(labels, classes),
        classes,
      ),
  },
  // Behind the AUROC where every class is a question of its own, and most answers are no.
  { ...accuracy, suits: ({ kind }) => kind === "multi-label" },
  {
    name: "pearson",
    title: "Pearson's r",
    unit: "coefficient",
    suits: ({ kind, metric }) =>
      kind === "regression" || (kind === "binary" && metric === "pearson"),
    // The benchmark correlates the raw output of its head with the labels of a binary task.
    statistic: ({ values, labels }, { kind }) =>
      pearsonStatistic(kind === "binary" ? logits(values) : values, labels),
  },
];

/** Share of right values among the counted ones, each sample with its group of values. */
function groupRatio(correct: Uint8Array, perSample: number, counted?: Uint8Array): Statistic {
  if (perSample === 1 && counted === undefined) return ratioStatistic(correct);
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

/** Undoes a sigmoid that was rounded to float32; 0 or 1 is taken for the number next to it. */
function logits(values: ArrayLike<number>): Float64Array {
  const least = 2 ** -24;
  return Float64Array.from(values, (value) => {
    const p = Math.min(Math.max(value, least), 1 - least);
    return Math.log(p / (1 - p));
  });
}

function oneHot(labels: ArrayLike<number>, classes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) out[i * classes + labels[i]!] = 1;
  return out;
}
