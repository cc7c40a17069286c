/**
 * Metrics of predictions against labels.
 *
 * Every metric comes in two forms: a function of predictions and labels, and a
 * {@linkcode Statistic}, which fixes predictions and labels, sorts them once and is then a function
 * of how often each sample counts. The second form makes a bootstrap resample cost one pass.
 *
 * An undefined metric (no samples, one class only, constant values) is `null` with the reason:
 * never NaN, never 0.
 *
 * @module
 */

import { NumericError } from "../util/mod.ts";

/** Value of a metric, or null and why it is undefined. */
export type MetricValue =
  | { readonly value: number; readonly note?: string }
  | { readonly value: null; readonly reason: string };

/**
 * A metric of fixed predictions and labels.
 *
 * @param counts How often each sample counts; once each if not given.
 */
export type Statistic = (counts?: ArrayLike<number>) => MetricValue;

const undefinedMetric = (reason: string): MetricValue => ({ value: null, reason });

/**
 * Sum of `hits` divided by the sum of `totals`, such as right tokens by tokens of each sequence.
 */
export function ratioStatistic(hits: ArrayLike<number>, totals?: ArrayLike<number>): Statistic {
  return (counts) => {
    let hit = 0;
    let total = 0;
    for (let i = 0; i < hits.length; i++) {
      const count = counts?.[i] ?? 1;
      hit += count * hits[i]!;
      total += count * (totals?.[i] ?? 1);
    }
    return total === 0 ? undefinedMetric("there are no samples") : { value: hit / total };
  };
}

/** Share of predictions that equal their label. */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): MetricValue {
  return ratioStatistic(matches(predicted, labels))();
}

/** 1 where a prediction equals its label, else 0. */
export function matches(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: labels.length }, (_, i) => predicted[i] === labels[i] ? 1 : 0);
}

/**
 * F1 of each class weighted by the number of its labels; a class that is never predicted counts 0.
 *
 * @param classes Number of classes; predictions and labels lie in 0..classes-1.
 */
export function weightedF1Statistic(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Statistic {
  return (counts) => {
    const right = new Float64Array(classes);
    const guessed = new Float64Array(classes);
    const support = new Float64Array(classes);
    let total = 0;
    for (let i = 0; i < labels.length; i++) {
      const count = counts?.[i] ?? 1;
      total += count;
      support[labels[i]!]! += count;
      guessed[predicted[i]!]! += count;
      if (predicted[i] === labels[i]) right[labels[i]!]! += count;
    }
    if (total === 0) return undefinedMetric("there are no samples");
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      if (support[c]! > 0) sum += support[c]! * 2 * right[c]! / (support[c]! + guessed[c]!);
    }
    return { value: sum / total };
  };
}

/**
 * Area under the ROC curve of one score against 0/1 targets: the probability that a positive sample
 * scores above a negative one, a tie counting one half.
 */
export function aurocStatistic(scores: ArrayLike<number>, targets: ArrayLike<number>): Statistic {
  const { order, ends } = ties(scores);
  return (counts) => {
    let below = 0;
    let positives = 0;
    let wins = 0;
    let start = 0;
    for (const end of ends) {
      let positive = 0;
      let negative = 0;
      for (let k = start; k < end; k++) {
        const count = counts?.[order[k]!] ?? 1;
        if (targets[order[k]!] === 1) positive += count;
        else negative += count;
      }
      wins += positive * (below + negative / 2);
      below += negative;
      positives += positive;
      start = end;
    }
    if (positives === 0) return undefinedMetric("there is no positive sample");
    if (below === 0) return undefinedMetric("there is no negative sample");
    return { value: wins / (positives * below) };
  };
}

/**
 * Mean over the columns of their areas under the ROC curve. Columns in which only one of the two
 * targets occurs have none and are left out, which the note says.
 *
 * @param scores Row-major (N, columns).
 * @param targets Row-major (N, columns) of 0 and 1.
 */
export function macroAurocStatistic(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  columns: number,
): Statistic {
  const statistics = Array.from(
    { length: columns },
    (_, c) => aurocStatistic(columnOf(scores, c, columns), columnOf(targets, c, columns)),
  );
  return (counts) => {
    let sum = 0;
    let defined = 0;
    for (const statistic of statistics) {
      const { value } = statistic(counts);
      if (value === null) continue;
      sum += value;
      defined++;
    }
    if (defined === 0) return undefinedMetric("no class has both positive and negative samples");
    if (defined === columns) return { value: sum / defined };
    const note =
      `mean of ${defined} of ${columns} classes: the others have only one of both targets`;
    return { value: sum / defined, note };
  };
}

/** Pearson's correlation coefficient. */
export function pearsonStatistic(
  predicted: ArrayLike<number>,
  targets: ArrayLike<number>,
): Statistic {
  return (counts) => correlation(predicted, targets, counts, 0);
}

/** Options of {@linkcode spearmanStatistic}. */
export interface SpearmanOptions {
  /**
   * Added to the product of the standard deviations of the ranks. The library that the published
   * numbers were made with adds 1e-6, which changes the seventh digit; the exact value is the
   * default.
   */
  readonly epsilon?: number;
}

/** Spearman's rank correlation with average ranks for ties. */
export function spearmanStatistic(
  predicted: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: SpearmanOptions = {},
): Statistic {
  const [a, b] = [ties(predicted), ties(targets)];
  return (counts) =>
    correlation(averageRanks(a, counts), averageRanks(b, counts), counts, options.epsilon ?? 0);
}

function correlation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  counts: ArrayLike<number> | undefined,
  epsilon: number,
): MetricValue {
  let total = 0;
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const count = counts?.[i] ?? 1;
    total += count;
    sumA += count * a[i]!;
    sumB += count * b[i]!;
  }
  if (total < 2) return undefinedMetric("a correlation needs at least two samples");
  if (isConstant(a, counts)) return undefinedMetric("the predictions are all equal");
  if (isConstant(b, counts)) return undefinedMetric("the targets are all equal");
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const count = counts?.[i] ?? 1;
    const [x, y] = [a[i]! - sumA / total, b[i]! - sumB / total];
    covariance += count * x * y;
    varianceA += count * x * x;
    varianceB += count * y * y;
  }
  const deviations = Math.sqrt(varianceA / total) * Math.sqrt(varianceB / total);
  if (deviations === 0) return undefinedMetric("the variance is below the smallest number");
  const value = covariance / total / (deviations + epsilon);
  return { value: Math.max(-1, Math.min(1, value)) };
}

function isConstant(values: ArrayLike<number>, counts: ArrayLike<number> | undefined): boolean {
  let first: number | undefined;
  for (let i = 0; i < values.length; i++) {
    if (counts?.[i] === 0) continue;
    first ??= values[i]!;
    if (values[i] !== first) return false;
  }
  return true;
}

function columnOf(values: ArrayLike<number>, column: number, columns: number): Float64Array {
  const rows = values.length / columns;
  return Float64Array.from({ length: rows }, (_, i) => values[i * columns + column]!);
}

/** Ascending order of values, and where each group of equal values ends in it. */
export interface Ties {
  readonly order: Uint32Array<ArrayBuffer>;
  readonly ends: readonly number[];
}

/**
 * Sorts values and finds their ties.
 *
 * @throws {NumericError} If a value is NaN.
 */
export function ties(values: ArrayLike<number>): Ties {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) {
      throw new NumericError(`Cannot rank the values: value ${i} is NaN, numbers are wanted`);
    }
  }
  const order = Uint32Array.from({ length: values.length }, (_, i) => i)
    .sort((i, j) => values[i]! < values[j]! ? -1 : values[i]! > values[j]! ? 1 : i - j);
  const ends: number[] = [];
  for (let k = 1; k <= order.length; k++) {
    if (k === order.length || values[order[k]!] !== values[order[k - 1]!]) ends.push(k);
  }
  return { order, ends };
}

/**
 * Ranks from 1, equal values sharing the mean of theirs, each sample standing for `counts` copies.
 */
export function averageRanks({ order, ends }: Ties, counts?: ArrayLike<number>): Float64Array {
  const ranks = new Float64Array(order.length);
  let below = 0;
  let start = 0;
  for (const end of ends) {
    let size = 0;
    for (let k = start; k < end; k++) size += counts?.[order[k]!] ?? 1;
    for (let k = start; k < end; k++) ranks[order[k]!] = below + (size + 1) / 2;
    below += size;
    start = end;
  }
  return ranks;
}
