/**
 * Statistics of the report: means over seeds, confidence intervals, differences, ranks, averages.
 *
 * Over two or more seeds an interval is Student's t interval of the mean. With a single seed it is
 * the bootstrap interval over test samples that the result record carries. The two answer different
 * questions (another training run, another test set), so each says which it is.
 *
 * @module
 */

/** What an interval is about: other seeds, or other test samples. */
export type IntervalKind = "seeds" | "samples";

/** A 95 % confidence interval. */
export interface Interval {
  /** Lower end, in the unit of the value. */
  readonly low: number;
  /** Upper end, in the unit of the value. */
  readonly high: number;
  /** What the interval is about. */
  readonly kind: IntervalKind;
}

/** Mean of some values with its uncertainty. */
export interface Estimate {
  /** Arithmetic mean. */
  readonly mean: number;
  /** Number of values. */
  readonly count: number;
  /** Sample standard deviation (divisor count - 1); null for a single value. */
  readonly deviation: number | null;
  /** Interval of the mean; null if there is a single value that brings none of its own. */
  readonly interval: Interval | null;
}

/** One measured value, with what is known about its uncertainty. */
export interface Measurement {
  /** Seed of the run that was measured. */
  readonly seed: number;
  /** Value in the unit of the metric. */
  readonly value: number;
  /** Bootstrap interval over test samples. */
  readonly interval?: Interval | undefined;
  /** Bootstrap replicates of the value; those of two results pair up if their keys are equal. */
  readonly replicates?: { readonly key: string; readonly values: readonly number[] } | undefined;
}

/** How a result stands to a published number: the number lies within, the result above or below. */
export type Mark = "within" | "above" | "below";

/** Difference to a published number. */
export interface Comparison {
  /** Our mean minus the published number. */
  readonly difference: number;
  /** Null if our mean has no interval. */
  readonly mark: Mark | null;
}

/** 0.975 quantiles of Student's t distribution for 1 to 30 degrees of freedom. */
const quantiles = [
  ...[12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281],
  ...[2.201, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086],
  ...[2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423],
];

/** 0.975 quantile of the standard normal distribution. */
const normalQuantile = 1.959964;

/**
 * Half width, in standard errors, of a two-sided 95 % t interval.
 *
 * Tabulated up to 30 degrees of freedom, then the expansion around the normal quantile
 * (Abramowitz and Stegun 26.7.5, two terms: good to 1e-4 there).
 *
 * @throws {RangeError} If the degrees of freedom are below 1.
 */
export function studentQuantile(degrees: number): number {
  const whole = Math.floor(degrees);
  if (!(whole >= 1)) {
    throw new RangeError(`Cannot give a t quantile: ${degrees} degrees of freedom, 1 is wanted`);
  }
  if (whole <= quantiles.length) return quantiles[whole - 1]!;
  const z = normalQuantile;
  return z + (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation; null of fewer than two values. */
export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1),
  );
}

/**
 * Mean over seeds and its interval; a single seed keeps the interval of its own.
 *
 * @returns Null if there are no measurements.
 */
export function estimate(measurements: readonly Measurement[]): Estimate | null {
  const [first, second] = measurements;
  if (first === undefined) return null;
  if (second === undefined) {
    return { mean: first.value, count: 1, deviation: null, interval: first.interval ?? null };
  }
  return estimateOverSeeds(measurements.map(({ value }) => value));
}

/**
 * Difference a - b of the means of two methods on one test set.
 *
 * In this order: paired over the seeds that both have (two or more); paired over the same bootstrap
 * resamples of the test samples; both intervals combined as if independent, which is wider than
 * needed as both were measured on the same samples.
 *
 * @returns Null if either has no measurements.
 */
export function estimateDifference(
  a: readonly Measurement[],
  b: readonly Measurement[],
): Estimate | null {
  const pairs = a.flatMap((left) =>
    b.filter((right) => right.seed === left.seed).map((right) => [left, right] as const)
  );
  if (pairs.length >= 2) return estimateOverSeeds(pairs.map(([x, y]) => x.value - y.value));
  const [left, right] = [estimate(a), estimate(b)];
  if (left === null || right === null) return null;
  const difference = left.mean - right.mean;
  const paired = pairs.length === 1 && a.length === 1 && b.length === 1
    ? pairedInterval(a[0]!, b[0]!)
    : null;
  const interval = paired ?? combinedInterval(difference, left, right);
  return { mean: difference, count: Math.min(left.count, right.count), deviation: null, interval };
}

/** Difference of our estimate to a published number of the same unit. */
export function compareWithPublished(ours: Estimate, published: number): Comparison {
  const { interval } = ours;
  const mark = interval === null
    ? null
    : interval.low > published
    ? "above"
    : interval.high < published
    ? "below"
    : "within";
  return { difference: ours.mean - published, mark };
}

/** Ranks of values, 1 for the largest, equal values sharing the mean of theirs; null stays null. */
export function ranks(values: readonly (number | null)[]): readonly (number | null)[] {
  return values.map((value) => {
    if (value === null) return null;
    const known = values.filter((other) => other !== null);
    const above = known.filter((other) => other > value).length;
    const equal = known.filter((other) => other === value).length;
    return above + (equal + 1) / 2;
  });
}

/** Mean of values of which all must be there: null if one is missing or there are none. */
export function completeMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length && known.length > 0 ? mean(known) : null;
}

/** Maps an estimate to another unit. */
export function scaleEstimate(value: Estimate, factor: number): Estimate {
  const { interval } = value;
  return {
    mean: value.mean * factor,
    count: value.count,
    deviation: value.deviation === null ? null : value.deviation * factor,
    interval: interval === null
      ? null
      : { ...interval, low: interval.low * factor, high: interval.high * factor },
  };
}

/** Percentile of ascending values, linearly interpolated. */
export function percentile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1);
  const below = ascending[Math.floor(place)]!;
  return below + (place % 1) * (ascending[Math.ceil(place)]! - below);
}

function estimateOverSeeds(values: readonly number[]): Estimate {
  const center = mean(values);
  const spread = deviation(values)!;
  const half = studentQuantile(values.length - 1) * spread / Math.sqrt(values.length);
  return {
    mean: center,
    count: values.length,
    deviation: spread,
    interval: { low: center - half, high: center + half, kind: "seeds" },
  };
}

function pairedInterval(a: Measurement, b: Measurement): Interval | null {
  const [left, right] = [a.replicates, b.replicates];
  if (left === undefined || right === undefined || left.key !== right.key) return null;
  if (left.values.length !== right.values.length || left.values.length < 2) return null;
  // NaN stands for a resample in which a metric is undefined.
  const differences = left.values.map((value, i) => value - right.values[i]!)
    .filter((value) => !Number.isNaN(value)).sort((x, y) => x - y);
  if (differences.length < 0.95 * left.values.length) return null;
  return {
    low: percentile(differences, 0.025),
    high: percentile(differences, 0.975),
    kind: "samples",
  };
}

function combinedInterval(difference: number, a: Estimate, b: Estimate): Interval | null {
  if (a.interval === null || b.interval === null) return null;
  // Distances towards the other side count: a's lower arm and b's upper arm pull the difference
  // down.
  const down = Math.hypot(a.mean - a.interval.low, b.interval.high - b.mean);
  const up = Math.hypot(a.interval.high - a.mean, b.mean - b.interval.low);
  const kind = a.interval.kind === "seeds" && b.interval.kind === "seeds" ? "seeds" : "samples";
  return { low: difference - down, high: difference + up, kind };
}
