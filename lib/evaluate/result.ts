/**
 * From scores to result records: what all probes say in the same way.
 *
 * @module
 */

import {
  type MetricRecord,
  packBits,
  packFloats,
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
} from "../documents/mod.ts";
import type { EngineInfo } from "../engine/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import {
  createHasher,
  drawKey,
  integer,
  type NdArray,
  programVersion,
  UsageError,
} from "../util/mod.ts";
import { type Statistic } from "./metrics.ts";
import type { ProbeData } from "./probe_data.ts";
import { score, type Scores } from "./scores.ts";

/** Seed of the resamples: one for all, so that the results of all methods pair up. */
const bootstrapSeed = 0;

/** What a record says of a fit, but for its name and time. */
export type ProbeSummary = Pick<
  Extract<ProbeRecord, { metrics: unknown }>,
  "metrics" | "settings" | "history" | "validation" | "correct"
>;

/** What a probe predicts for the test split. */
export interface ProbeFit {
  readonly scores: Scores;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  /** The task's metric on the test split after each epoch, for the linear probe. */
  readonly history?: (number | null)[];
  /** The same on the validation split, where there is one. */
  readonly validation?: (number | null)[];
}

/** Metrics with their intervals; replicates only of the metric that the benchmark reports. */
export function summarize(fit: ProbeFit, task: TaskSpec): ProbeSummary {
  const { statistics, correct, perSample } = score(fit.scores, task);
  const resampled = bootstrap(statistics, fit.scores.samples, { seed: bootstrapSeed });
  const metrics: Record<string, MetricRecord> = {};
  for (const [name, statistic] of Object.entries(statistics)) {
    const metric = statistic();
    const { interval, replicates } = resampled[name]!;
    metrics[name] = metric.value === null ? metric : {
      ...metric,
      interval,
      ...(name === task.metric ? { replicates: packFloats(replicates) } : {}),
    };
  }
  return {
    metrics,
    settings: fit.settings,
    ...(fit.history === undefined ? {} : { history: fit.history }),
    ...(fit.validation === undefined ? {} : { validation: fit.validation }),
    correct: correct === null ? null : { perSample, bits: packBits(correct) },
  };
}

/** Identifies the test samples, their labels and the resamples. */
export function bootstrapKey(ids: NdArray<"uint32">, labels: ProbeData["labels"]): string {
  const hasher = createHasher();
  for (const { data } of [ids, labels]) {
    hasher.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `${bootstrapSeed}/${defaultResamples}/${hasher.hex().slice(0, 16)}`;
}

/** What was measured, and on what. */
export interface ProbeMeasurement extends
  Pick<
    ResultRecord,
    "run" | "samples" | "selection" | "seed" | "results" | "adaptation" | "losses" | "sources"
  > {
  /** Manifest of the data that the labels are of. */
  readonly data: Pick<ResultRecord, "dataset" | "variant" | "notes">;
  readonly task: TaskSpec;
  /** Of {@linkcode bootstrapKey}; empty if nothing was measured. */
  readonly key: string;
  readonly engine: EngineInfo;
}

/** The record of a measurement. */
export function makeResult(
  { data, task, key, engine, ...measured }: ProbeMeasurement,
): ResultRecord {
  const { run, samples, selection, seed, results, adaptation, losses, sources } = measured;
  return resultRecord.make({
    writer: programVersion,
    dataset: data.dataset,
    variant: data.variant,
    task,
    metric: task.metric,
    run,
    samples,
    selection,
    seed,
    bootstrap: { resamples: defaultResamples, key },
    results,
    adaptation,
    losses,
    sources,
    versions: engineVersions(engine),
    notes: data.notes,
  });
}

/** Versions of what computed, for the record. */
export function engineVersions({ backend, version }: EngineInfo): Record<string, string> {
  return { metamae: programVersion, deno: Deno.version.deno, [backend]: version };
}

/** Options of {@linkcode bootstrap}. */
export interface BootstrapOptions {
  readonly seed: number;
  /** Number of resamples; 1000 by default. */
  readonly resamples?: number;
  /** Confidence level; 0.95 by default. */
  readonly level?: number;
}

/** An interval, or null and why there is none. */
export type IntervalValue =
  | { readonly low: number; readonly high: number }
  | { readonly low: null; readonly high: null; readonly reason: string };

/** Interval of a statistic, and its value in every resample (NaN where it is undefined). */
export interface Bootstrapped {
  readonly interval: IntervalValue;
  readonly replicates: Float64Array<ArrayBuffer>;
}

/** Resamples by default. */
export const defaultResamples = 1000;

/** Largest share of resamples in which a statistic may be undefined and still get an interval. */
const mostUndefined = 0.05;

/**
 * Bootstraps several statistics of one test split on the same resamples.
 *
 * @param samples Number of samples of the split.
 */
export function bootstrap<Name extends string>(
  statistics: Readonly<Record<Name, Statistic>>,
  samples: number,
  options: BootstrapOptions,
): Record<Name, Bootstrapped> {
  const { seed, resamples = defaultResamples, level = 0.95 } = options;
  if (!(Number.isInteger(resamples) && resamples >= 1)) {
    throw new UsageError(
      `Cannot bootstrap: ${resamples} resamples were asked for, wanted 1 or more`,
    );
  }
  const names = Object.keys(statistics) as Name[];
  const replicates = names.map(() => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    const counts = resampleCounts(seed, r, samples);
    names.forEach((name, i) => replicates[i]![r] = statistics[name](counts).value ?? NaN);
  }
  const entries = names.map((name, i) => {
    const interval = percentileInterval(replicates[i]!, samples, level);
    return [name, { interval, replicates: replicates[i]! }] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Bootstrapped>;
}

/** How often each sample occurs in a resample. */
export function resampleCounts(seed: number, resample: number, samples: number): Uint32Array {
  const key = drawKey(seed, "bootstrap", resample);
  const counts = new Uint32Array(samples);
  for (let i = 0; i < samples; i++) counts[integer(key, i, samples)]!++;
  return counts;
}

function percentileInterval(
  replicates: Float64Array,
  samples: number,
  level: number,
): IntervalValue {
  if (samples < 2) return noInterval("an interval needs at least two test samples");
  const defined = replicates.filter((value) => !Number.isNaN(value)).sort();
  const missing = replicates.length - defined.length;
  if (missing > mostUndefined * replicates.length) {
    return noInterval(`the metric is undefined in ${missing} of ${replicates.length} resamples`);
  }
  const tail = (1 - level) / 2;
  return { low: quantile(defined, tail), high: quantile(defined, 1 - tail) };
}

function noInterval(reason: string): IntervalValue {
  return { low: null, high: null, reason };
}

/** Quantile of sorted values, interpolated linearly. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
