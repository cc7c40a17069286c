/**
 * Results grouped over seeds and averaged over data sets, named for tables and legends.
 *
 * @module
 */

import { canonicalJson } from "../util/mod.ts";
import { publishedTables, type Unit } from "./published.ts";
import type { Experiment, MetricResult, ProbeScore, ScoreRecord } from "./results.ts";
import { type Estimate, estimate, type Measurement, scaleEstimate } from "./statistics.ts";
import { methodSlot } from "./theme.ts";
import { datasetTitle, methodOrder, methodTitle, metricUnit } from "./titles.ts";

/** Results of one experiment over its seeds. */
export interface ResultGroup {
  /** What the results have in common. */
  readonly experiment: Experiment;
  /** Method's title, with the settings by which it differs from others of the same name. */
  readonly label: string;
  /** Colour slot of the method. */
  readonly slot: number;
  /** Metric that the benchmark reports, and its unit in tables. */
  readonly metric: string;
  /** Unit of the metric in tables. */
  readonly unit: Unit;
  /** One a seed, in order of seeds. */
  readonly records: readonly ScoreRecord[];
}

/** Which of a group's numbers is meant. */
export interface ScoreQuery {
  /** `linear` by default. */
  readonly probe?: string;
  /** `z` by default. */
  readonly latent?: string;
  /** The group's own metric by default. */
  readonly metric?: string;
}

/** A number of a group over its seeds, in the unit of its tables, or why there is none. */
export type GroupScore =
  | {
    readonly estimate: Estimate;
    readonly measurements: readonly Measurement[];
    /** Why some seeds are missing, if they are. */
    readonly note?: string;
  }
  | { readonly estimate: null; readonly reason: string | undefined };

/** Identity of an experiment: equal for results that differ only in the seed. */
export function experimentKey(experiment: Experiment): string {
  return canonicalJson(experiment);
}

/** Identity of the training behind a result, whatever it was evaluated on. */
export function trainingKey({ pretrain, method, settings }: Experiment, seed: number): string {
  const { adaptationSteps: _steps, adaptationRate: _rate, ...trained } = settings;
  return canonicalJson([pretrain, method, trained, seed]);
}

/** Groups records over seeds; in the order of data sets by title, then of methods as published. */
export function groupRecords(records: readonly ScoreRecord[]): readonly ResultGroup[] {
  const byKey = new Map<string, ScoreRecord[]>();
  for (const record of records) {
    const key = experimentKey(record.experiment);
    byKey.set(key, [...byKey.get(key) ?? [], record]);
  }
  const groups = [...byKey.values()];
  const experiments = groups.map(([first]) => first!.experiment);
  const labels = experimentLabels(experiments);
  return groups
    .map((group, i): ResultGroup => ({
      experiment: experiments[i]!,
      label: labels[i]!,
      slot: methodSlot(experiments[i]!.method),
      metric: group[0]!.metric,
      unit: metricUnit(group[0]!.metric),
      records: group.toSorted((a, b) => a.seed - b.seed),
    }))
    .sort(byTitle);
}

/** Names of experiments: the method, and what tells it apart from others on the same data. */
export function experimentLabels(experiments: readonly Experiment[]): readonly string[] {
  return experiments.map((experiment) => {
    const same = experiments.filter((other) =>
      other.method === experiment.method && datasetKey(other) === datasetKey(experiment)
    );
    const names = [...new Set(same.flatMap(({ settings }) => Object.keys(settings)))].sort();
    const differs = (name: string) => new Set(same.map(({ settings }) => settings[name])).size > 1;
    // The width of the heads follows from the backbone.
    const differing = names.filter((name) =>
      differs(name) && !(name === "encoderHeadWidth" && differs("backbone"))
    );
    const title = methodTitle(experiment.method);
    if (differing.length === 0) return title;
    const values = differing.map((name) =>
      `${settingTitle(name)} ${experiment.settings[name] ?? "unset"}`
    );
    return `${title} (${values.join(", ")})`;
  });
}

/** A setting's name in words: `maskRatio` becomes `mask ratio`. */
export function settingTitle(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Identity of what was evaluated: data set, its variant, and what was pretrained on. */
export function datasetKey({ pretrain, dataset, variant }: Experiment): string {
  return canonicalJson([pretrain, dataset, variant]);
}

/** What was evaluated in words; the variant is named where several are reported. */
export function evaluationTitle(experiment: Experiment, all: readonly Experiment[]): string {
  const { dataset, variant, pretrain } = experiment;
  const variants = new Set(all.filter((e) => e.dataset === dataset).map((e) => e.variant));
  const title = datasetTitle(dataset) + (variants.size > 1 ? ` (${variant})` : "");
  return pretrain === dataset ? title : `${title}, pretrained on ${datasetTitle(pretrain)}`;
}

/** A number of a group over its seeds. */
export function groupScore(group: ResultGroup, query: ScoreQuery = {}): GroupScore {
  const metric = query.metric ?? group.metric;
  const factor = metricUnit(metric) === "percent" ? 100 : 1;
  const measurements: Measurement[] = [];
  let reason: string | undefined;
  for (const record of group.records) {
    const result = findMetric(record, query.probe ?? "linear", query.latent ?? "z", metric);
    if (result?.value === null) reason ??= result.reason;
    if (result === undefined || result.value === null) continue;
    measurements.push({
      seed: record.seed,
      value: result.value,
      interval: result.interval,
      replicates: result.replicates,
    });
  }
  const value = estimate(measurements);
  if (value === null) return { estimate: null, reason };
  const missing = group.records.length - measurements.length;
  return {
    estimate: scaleEstimate(value, factor),
    measurements: measurements.map((measurement) => scaleMeasurement(measurement, factor)),
    ...(missing === 0 ? {} : {
      note: `without ${missing} of ${group.records.length} seeds: ` +
        (reason ?? "this was not measured"),
    }),
  };
}

function findMetric(
  record: ScoreRecord,
  probe: string,
  latent: string,
  metric: string,
): MetricResult | undefined {
  const score = record.scores.find((score) => score.probe === probe && score.latent === latent);
  return score !== undefined && Object.hasOwn(score.metrics, metric)
    ? score.metrics[metric]
    : undefined;
}

function scaleMeasurement(measurement: Measurement, factor: number): Measurement {
  const { interval, replicates } = measurement;
  return {
    seed: measurement.seed,
    value: measurement.value * factor,
    ...(interval === undefined
      ? {}
      : { interval: { ...interval, low: interval.low * factor, high: interval.high * factor } }),
    ...(replicates === undefined
      ? {}
      : { replicates: { ...replicates, values: replicates.values.map((v) => v * factor) } }),
  };
}

function byTitle(a: ResultGroup, b: ResultGroup): number {
  const order = (x: string, y: string) => x < y ? -1 : x > y ? 1 : 0;
  return order(datasetTitle(a.experiment.dataset), datasetTitle(b.experiment.dataset)) ||
    order(datasetKey(a.experiment), datasetKey(b.experiment)) ||
    methodOrder(a.experiment.method) - methodOrder(b.experiment.method) ||
    order(a.label, b.label) ||
    order(experimentKey(a.experiment), experimentKey(b.experiment));
}

/** A row that is a mean. */
interface Average {
  readonly pretrain: string;
  readonly dataset: string;
  readonly metric: string;
  readonly members: readonly string[];
}

const averages: readonly Average[] = publishedTables.flatMap(({ rows, protocols }) =>
  rows.flatMap(([first], i): Average[] => {
    const { members } = protocols[i]!;
    if (members.length === 0) return [];
    const { pretrain, eval: dataset, metric } = first!;
    return [{ pretrain, dataset, metric, members }];
  })
);

/**
 * Records of the means: one for every run that has results on all members, seed by seed. Each
 * member counts with the metric that it reports.
 */
export function averageRecords(records: readonly ScoreRecord[]): readonly ScoreRecord[] {
  return averages.flatMap((average) => {
    const own = records.filter(({ experiment: { pretrain, dataset } }) =>
      pretrain === average.pretrain && average.members.includes(dataset)
    );
    const runs = Map.groupBy(own, ({ experiment, seed }) => {
      const { dataset: _, ...rest } = experiment;
      return canonicalJson([rest, seed]);
    });
    return [...runs.values()].flatMap((same) => {
      const byMember = average.members.map((id) =>
        same.find(({ experiment }) => experiment.dataset === id)
      );
      return byMember.every((record) => record !== undefined)
        ? [meanRecord(average, byMember)]
        : [];
    });
  });
}

function meanRecord({ dataset, metric }: Average, members: readonly ScoreRecord[]): ScoreRecord {
  const first = members[0]!;
  const experiment: Experiment = { ...first.experiment, dataset };
  const kinds = first.scores.map(({ probe, latent }) => ({ probe, latent }));
  return {
    experiment,
    seed: first.seed,
    source: `mean of ${members.length} records`,
    metric,
    testSamples: members.reduce((sum, { testSamples }) => sum + testSamples, 0),
    scores: kinds.map(({ probe, latent }): ProbeScore => ({
      probe,
      latent,
      metrics: { [metric]: meanMetric(members, probe, latent) },
    })),
    notes: [`Mean over ${members.length} data sets, each by its own metric`],
    provenance: {},
  };
}

function meanMetric(members: readonly ScoreRecord[], probe: string, latent: string): MetricResult {
  let sum = 0;
  for (const { experiment, metric, scores } of members) {
    const found = scores.find((score) => score.probe === probe && score.latent === latent)
      ?.metrics[metric];
    if (found === undefined || found.value === null) {
      const reason = found?.reason ?? "it was not measured";
      return { value: null, reason: `there is no number on "${experiment.dataset}": ${reason}` };
    }
    sum += found.value;
  }
  return { value: sum / members.length };
}
