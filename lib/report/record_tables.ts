/**
 * Tables in full: settings, every number in exact values, where it came from, the cells of a grid.
 *
 * @module
 */

import { groupScore, type ResultGroup, settingTitle } from "./groups.ts";
import { publishedNumbers } from "./published.ts";
import type { PlannedCell, ScoreRecord, Skipped } from "./results.ts";
import { publishedFor } from "./score_table.ts";
import { compareWithPublished } from "./statistics.ts";
import { type Cell, dash, emptyCell, left, right, type Table } from "./table.ts";
import { asPublished } from "./build_table.ts";
import {
  capital,
  datasetTitle,
  isUntrained,
  methodTitle,
  metricUnit,
  probeTitle,
} from "./titles.ts";

type Value = string | number | boolean;

/** Settings that readers of a result ask for first, in this order. */
const headline = [
  "preset",
  "steps",
  "batchSize",
  "learningRate",
  "maskRatio",
  "decoderLayers",
  "backbone",
];

/**
 * Sentences on how the numbers of one data set came about: the training settings that all methods
 * share, those that differ, the settings of the probes, and how numbers were chosen.
 *
 * @param groups Groups of one data set.
 */
export function remarksOn(groups: readonly ResultGroup[]): readonly string[] {
  const selections = groups.flatMap(({ records }) =>
    records.flatMap(({ selection }) => selection === undefined ? [] : [selection])
  );
  return [
    ...trainingRemarks(groups),
    ...probeRemarks(groups),
    ...[...new Set(selections)].map((selection) => selection.replace(/\.$/, "")),
  ];
}

function trainingRemarks(groups: readonly ResultGroup[]): readonly string[] {
  // Untrained encoders have no steps or learning rate that could be compared.
  const trained = groups.filter(({ experiment }) => !isUntrained(experiment.method));
  const shared: string[] = [];
  const differing: string[] = [];
  for (const name of headline) {
    const known = trained.flatMap(({ experiment, label }) => {
      const value = experiment.settings[name];
      return value === undefined ? [] : [{ label, text: settingText(value) }];
    });
    if (known.length === 0) continue;
    const isShared = new Set(known.map(({ text }) => text)).size === 1;
    if (isShared && known.length === trained.length) {
      shared.push(`${settingTitle(name)} ${known[0]!.text}`);
    } else {
      const each = [...Map.groupBy(known, ({ text }) => text)].map(([text, same]) =>
        `${text} (${same.map(({ label }) => label).join(", ")})`
      );
      differing.push(`${settingTitle(name)} ${each.join(", ")}`);
    }
  }
  const who = trained.length === 1 ? trained[0]!.label : "All trained methods";
  return [
    ...(shared.length === 0 ? [] : [`${who}: ${shared.join(", ")}`]),
    ...(differing.length === 0 ? [] : [`By method: ${differing.join("; ")}`]),
  ];
}

function probeRemarks(groups: readonly ResultGroup[]): readonly string[] {
  const texts = groups.flatMap(({ records }) =>
    records.flatMap(({ scores }) =>
      scores.flatMap(({ probe, settings }) => {
        if (settings === undefined) return [];
        const parts = Object.entries(settings).map(([name, value]) =>
          `${settingTitle(name)} ${settingText(value)}`
        );
        return [`${probeTitle(probe)} (${parts.join(", ")})`];
      })
    )
  );
  const unique = [...new Set(texts)];
  return unique.length === 0 ? [] : [`Probes: ${unique.join("; ")}`];
}

/** Every setting of the methods on one data set, one method a column. */
export function settingsTable(groups: readonly ResultGroup[]): Table {
  const names = [...new Set(groups.flatMap(({ experiment }) => Object.keys(experiment.settings)))];
  const place = (name: string) =>
    (headline.indexOf(name) + headline.length + 1) % (headline.length + 1);
  names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const cell = (value: Value | undefined): Cell =>
    value === undefined ? emptyCell() : { text: settingText(value), value: String(value) };
  return {
    id: "settings",
    title: "Settings",
    caption: "",
    columns: [left("Setting"), ...groups.map(({ label }) => right(label))],
    rows: names.map((name) => [
      { text: capital(settingTitle(name)) },
      ...groups.map(({ experiment }) => cell(experiment.settings[name])),
    ]),
  };
}

/** A setting's value for people. */
export function settingText(value: Value): string {
  if (typeof value !== "number") return typeof value === "boolean" ? (value ? "yes" : "no") : value;
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Math.abs(value) < 0.001 ? value.toExponential().replace("-", "−") : String(value);
}

/**
 * Every number over its seeds: one row a data set, method, probe, kind of latents and metric.
 * Values are in the units of the tables: percent for accuracies, F1 and AUROC, coefficients for
 * correlations.
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
    columns: [left("Data set"), left("Method"), right("Seed"), ...names.map(left), left("Record")],
    rows: records.map(({ group, record }) => [
      { text: datasetTitle(record.experiment.dataset) },
      { text: group.label },
      { text: String(record.seed), value: record.seed },
      ...names.map((name): Cell =>
        Object.hasOwn(record.provenance, name) ? { text: record.provenance[name]! } : emptyCell()
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

/**
 * Twelve digits are more than a measurement has, and hide the noise of turning shares into percent.
 */
function exact(value: string | number | null): Cell {
  const shown = typeof value === "number" ? Number(value.toPrecision(12)) : value;
  return { text: shown === null ? "" : String(shown), value: shown };
}

/** What gave no result, and why. */
export function skippedTable(skipped: readonly Skipped[]): Table {
  return {
    id: "skipped",
    title: "Left out",
    caption: "",
    columns: [left("Input"), left("Reason")],
    rows: skipped.map(({ source, reason }) => [{ text: source }, { text: reason }]),
  };
}

/** All cells: one row a table, row, data set and method, over the seeds. */
export function cellsTable(cells: readonly PlannedCell[]): Table {
  const byCell = Map.groupBy(cells, (cell) => {
    const { table, row, dataset, variant, method, backbone, decoderLayers = "" } = cell;
    return [table, row, dataset, variant, method, backbone, decoderLayers].join("\n");
  });
  return {
    id: "cells",
    title: "Cells of the grid",
    caption: "",
    columns: [
      ...["Table", "Row", "Evaluated on", "Method", "Backbone", "State"].map(left),
      right("Seeds done"),
      left("Reason"),
    ],
    rows: [...byCell.values()].map((seeds) => {
      const first = seeds[0]!;
      const open = seeds.find(({ state }) => state !== "done");
      const done = seeds.filter(({ state }) => state === "done").length;
      const depth = first.decoderLayers === undefined ? "" : `, ${first.decoderLayers} layers`;
      return [
        { text: first.table },
        { text: first.row },
        { text: `${datasetTitle(first.dataset)} (${first.variant})` },
        { text: methodTitle(first.method) + depth },
        { text: first.backbone },
        { text: open?.state ?? "done" },
        { text: `${done} of ${seeds.length}`, value: done },
        open?.reason === undefined ? emptyCell() : { text: open.reason },
      ];
    }),
  };
}
