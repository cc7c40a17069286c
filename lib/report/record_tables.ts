/**
 * Tables with one row a number or a run: everything in exact values, and where it came from.
 *
 * @module
 */

import { groupScore, type ResultGroup } from "./groups.ts";
import { publishedNumbers } from "./published.ts";
import type { ScoreRecord } from "./results.ts";
import { publishedFor } from "./score_table.ts";
import { compareWithPublished } from "./statistics.ts";
import { type Cell, type Column, dash, type Table } from "./table.ts";
import { asPublished } from "./table_entries.ts";
import { datasetTitle, metricUnit } from "./titles.ts";

/**
 * Every number over its seeds: one row a data set, method, probe, kind of latents and metric. Values
 * are in the units of the tables: percent for accuracies, F1 and AUROC, coefficients for correlations.
 */

export function resultsTable(groups: readonly ResultGroup[]): Table {
  const rows = groups.flatMap((group) =>
    queriesOf(group.records).map(({ probe, latent, metric }) => {
      const { experiment } = group;
      const score = groupScore(group, { probe, latent, metric });
      const headline = asPublished(group).probe ?? "linear";
      const isHeadline = probe === headline && latent === "z" && metric === group.metric;
      const published = isHeadline ? publishedFor(group) : undefined;
      const comparison = published === undefined || score.estimate === null
        ? undefined
        : compareWithPublished(score.estimate, published.value);
      const interval = score.estimate?.interval;
      return [
        experiment.dataset,
        experiment.variant,
        experiment.pretrain,
        experiment.method,
        group.label,
        probe,
        latent,
        metric,
        metricUnit(metric),
        score.estimate?.mean ?? null,
        score.estimate?.deviation ?? null,
        interval?.low ?? null,
        interval?.high ?? null,
        interval?.kind ?? null,
        score.estimate?.count ?? 0,
        published?.value ?? null,
        comparison?.difference ?? null,
        comparison?.mark ?? null,
        score.estimate === null ? score.reason ?? "this was not measured" : null,
      ].map(exact);
    })
  );
  return {
    id: "results",
    title: "All numbers",
    caption: "",
    columns: [
      ...["dataset", "variant", "pretrain", "method", "label", "probe", "latent"].map(left),
      ...["metric", "unit"].map(left),
      ...["mean", "deviation", "ci_low", "ci_high"].map(right),
      left("ci_over"),
      right("seeds"),
      right("published"),
      right("difference"),
      left("mark"),
      left("reason"),
    ],
    rows,
  };
}

/** Where every number came from, one row a result record. */
export function provenanceTable(groups: readonly ResultGroup[]): Table {
  // Means over data sets have no record of their own.
  const records = groups.flatMap((group) => group.records.map((record) => ({ group, record })))
    .filter(({ record }) => Object.keys(record.provenance).length > 0);
  const names = [...new Set(records.flatMap(({ record }) => Object.keys(record.provenance)))];
  return {
    id: "provenance",
    title: "Provenance",
    caption: "Configuration and data are the first digits of SHA-256 digests",
    columns: [
      left("Data set"),
      left("Method"),
      right("Seed"),
      ...names.map(left),
      left("Record"),
    ],
    rows: records.map(({ group, record }) => [
      { text: datasetTitle(record.experiment.dataset) },
      { text: group.label },
      { text: String(record.seed), value: record.seed },
      ...names.map((name): Cell =>
        Object.hasOwn(record.provenance, name)
          ? { text: record.provenance[name]! }
          : { text: dash, value: null }
      ),
      { text: record.source },
    ]),
  };
}

/** Every published number with its source. */
export function publishedTable(): Table {
  return {
    id: "published",
    title: "Published numbers",
    caption: "As printed in the sources",
    columns: [
      ...["Table", "Pretrained on", "Evaluated on", "Method", "Metric"].map(left),
      right("Printed"),
      left("Source"),
    ],
    rows: publishedNumbers.map((number) => [
      { text: number.table },
      { text: datasetTitle(number.pretrain) },
      { text: number.row },
      { text: number.column },
      { text: number.metric },
      {
        text: number.printed === "-" ? dash : number.printed,
        value: number.value,
        ...(number.bold ? { best: true } : {}),
        ...(number.mark === undefined
          ? {}
          : { note: `${number.printed.slice(-1)}: ${number.mark}` }),
      },
      { text: number.source, ...(number.note === undefined ? {} : { note: number.note }) },
    ]),
  };
}

/** The probes, latents and metrics that some of the records have, in their order. */
function queriesOf(records: readonly ScoreRecord[]) {
  const queries = records.flatMap(({ scores }) =>
    scores.flatMap(({ probe, latent, metrics }) =>
      Object.keys(metrics).map((metric) => ({ probe, latent, metric }))
    )
  );
  return [...new Map(queries.map((query) => [Object.values(query).join("\n"), query])).values()];
}

/** Twelve digits are more than a measurement has, and hide the noise of turning shares into percent. */
function exact(value: string | number | null): Cell {
  const shown = typeof value === "number" ? Number(value.toPrecision(12)) : value;
  return { text: shown === null ? "" : String(shown), value: shown };
}

function left(title: string): Column {
  return { title, align: "left" };
}

function right(title: string): Column {
  return { title, align: "right" };
}
