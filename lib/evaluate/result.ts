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
import { createHasher, type NdArray, programVersion } from "../util/mod.ts";
import { bootstrap, defaultResamples } from "./bootstrap.ts";
import type { ProbeFit } from "./fit_probe.ts";
import type { ProbeData } from "./probe_data.ts";
import { score } from "./scores.ts";

/** Seed of the resamples: one for all, so that the results of all methods pair up. */
const bootstrapSeed = 0;

/** What a record says of a fit, but for its name and time. */
export type ProbeSummary = Pick<
  Extract<ProbeRecord, { metrics: unknown }>,
  "metrics" | "settings" | "history" | "validation" | "correct"
>;

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
export interface Measurement extends
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
export function makeResult({ data, task, key, engine, ...measured }: Measurement): ResultRecord {
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
