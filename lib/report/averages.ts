/**
 * Rows of published tables that are means over data sets, made of the results on their members.
 *
 * @module
 */

import { canonicalJson } from "../util/mod.ts";
import { publishedTables } from "./published.ts";
import type { Experiment, MetricResult, ProbeScore, ScoreRecord } from "./results.ts";

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
 * Records of the means: one for every run that has results on all members, seed by seed. Each member
 * counts with the metric that it reports.
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
    return [...runs.values()].flatMap((alike) => {
      const byMember = average.members.map((id) =>
        alike.find(({ experiment }) => experiment.dataset === id)
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

function meanMetric(
  members: readonly ScoreRecord[],
  probe: string,
  latent: string,
): MetricResult {
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
