/**
 * Tables of data sets against methods, ours beside the published numbers.
 *
 * @module
 */

import {
  datasetKey,
  evaluationTitle,
  groupScore,
  type ResultGroup,
  type ScoreQuery,
} from "./groups.ts";
import type { PublishedNumber, PublishedTable, Unit } from "./published.ts";
import { compareWithPublished, completeMean, type Estimate, mean, ranks } from "./statistics.ts";
import { type Cell, dash, markLegend, type PublishedCell, type Table } from "./table.ts";
import { formatNumber, metricTitle } from "./titles.ts";

/** Options of {@linkcode buildTable}. */
export interface TableOptions {
  readonly id: string;
  readonly title: string;
  /** What the rows are; the columns are the other. */
  readonly rows: "dataset" | "method";
  /** A published table whose rows, columns and numbers are to be shown, empty cells included. */
  readonly published?: PublishedTable;
  /** Probe and latents; the linear probe on z by default. */
  readonly score?: ScoreQuery;
}

/** One data set of a table. */
interface DatasetEntry {
  readonly title: string;
  readonly metric: string;
  readonly unit: Unit;
  readonly groups: readonly ResultGroup[];
  readonly published: readonly PublishedNumber[];
}

/** One method of a table. */
interface MethodEntry {
  readonly title: string;
  readonly accepts: (group: ResultGroup) => boolean;
  readonly publishes: (number: PublishedNumber) => boolean;
}

/** What one cell holds before it is formatted. */
interface Entry {
  readonly estimate: Estimate | null;
  /** Why there is no estimate, or why seeds are missing in it. */
  readonly reason?: string | undefined;
  readonly published?: PublishedNumber | undefined;
}

/**
 * Builds a table of means over seeds with half widths of their 95 % intervals, the best of every data
 * set marked, and with mean and mean rank of every method where there are several data sets.
 *
 * @param groups Results; with a published table those that have no row in it are left out.
 */
export function buildTable(groups: readonly ResultGroup[], options: TableOptions): Table {
  const { published } = options;
  const datasets = published === undefined
    ? ownDatasets(groups)
    : publishedDatasets(groups, published);
  const shown = datasets.flatMap((entry) => entry.groups);
  const methods = published === undefined ? ownMethods(shown) : publishedMethods(shown, published);
  const entries = datasets.map((dataset) =>
    methods.map((method) => entryOf(dataset, method, options.score))
  );
  const cells = entries.map((row, i) => cellsOf(row, datasets[i]!));
  const rowTitles = datasets.map(({ title, metric, unit }): Cell => ({
    text: title,
    detail: metricTitle(metric) + (unit === "percent" ? ", %" : ""),
  }));
  const summary = datasets.length < 2 ? [] : summaries(entries, datasets);
  const caption = captionOf(options, entries.flat());
  const common = { id: options.id, title: options.title, caption };
  if (options.rows === "dataset") {
    return {
      ...common,
      columns: [
        { title: "Data set", align: "left" },
        ...methods.map(({ title }) => ({ title, align: "right" as const })),
      ],
      rows: cells.map((row, i) => [rowTitles[i]!, ...row]),
      summary: summary.map(({ title, cells }) => [{ text: title }, ...cells]),
    };
  }
  return {
    ...common,
    columns: [
      { title: "Method", align: "left" },
      ...rowTitles.map(({ text }) => ({ title: text, align: "right" as const })),
      ...summary.map(({ title }) => ({ title, align: "right" as const })),
    ],
    rows: methods.map(({ title }, j) => [
      { text: title },
      ...cells.map((row) => row[j]!),
      ...summary.map((line) => line.cells[j]!),
    ]),
  };
}

/** Groups that have a row in a published table. */
export function groupsOf(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly ResultGroup[] {
  const pairs = new Set(table.rows.map(([first]) => `${first!.pretrain} ${first!.eval}`));
  const methods = new Set(table.columns.map(({ method }) => method));
  const variesDecoder = table.columns.some(({ decoderLayers }) => decoderLayers !== undefined);
  return groups.filter(({ experiment: { pretrain, dataset, method } }) =>
    pairs.has(`${pretrain} ${dataset}`) && (!variesDecoder || methods.has(method))
  );
}

/** `89.1 ± 0.4`, or the mean alone where there is no interval. */
export function estimateText(value: Estimate, unit: Unit): string {
  const text = formatNumber(value.mean, unit);
  const { interval } = value;
  return interval === null
    ? text
    : `${text} ± ${formatNumber((interval.high - interval.low) / 2, unit)}`;
}

/** A published number beside ours. */
export function publishedCell(
  published: PublishedNumber | undefined,
  ours: Estimate | null,
): PublishedCell | undefined {
  if (published === undefined) return undefined;
  if (published.value === null) return { text: dash };
  const mark = ours === null ? null : compareWithPublished(ours, published.value).mark;
  return {
    text: formatNumber(published.value, published.unit),
    ...(mark === null ? {} : { mark }),
  };
}

function ownDatasets(groups: readonly ResultGroup[]): readonly DatasetEntry[] {
  const byDataset = Map.groupBy(groups, ({ experiment }) => datasetKey(experiment));
  const experiments = groups.map(({ experiment }) => experiment);
  return [...byDataset.values()].map((alike) => ({
    title: evaluationTitle(alike[0]!.experiment, experiments),
    metric: alike[0]!.metric,
    unit: alike[0]!.unit,
    groups: alike,
    published: [],
  }));
}

function publishedDatasets(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly DatasetEntry[] {
  const shown = groupsOf(groups, table);
  return table.rows.filter(([first]) => !first!.superseded).map((row) => {
    const { row: title, metric, unit, pretrain, eval: evaluated } = row[0]!;
    const own = shown.filter(({ experiment }) =>
      experiment.pretrain === pretrain && experiment.dataset === evaluated
    );
    return { title, metric, unit, groups: own, published: row };
  });
}

function ownMethods(groups: readonly ResultGroup[]): readonly MethodEntry[] {
  return [...new Set(groups.map(({ label }) => label))].map((label) => ({
    title: label,
    accepts: (group) => group.label === label,
    publishes: () => false,
  }));
}

function publishedMethods(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly MethodEntry[] {
  const columns = table.columns.map(({ method, decoderLayers, title }): MethodEntry => {
    const fits = ({ experiment }: ResultGroup) =>
      experiment.method === method &&
      (decoderLayers === undefined || method !== "mae" ||
        experiment.settings["decoderLayers"] === decoderLayers);
    // Of several settings the column takes the published backbone; the others get columns of their own.
    const chosen = new Set(
      [...Map.groupBy(groups.filter(fits), ({ experiment }) => datasetKey(experiment)).values()]
        .map((alike) => alike.find(hasPublishedBackbone) ?? alike[0]!),
    );
    return {
      title,
      accepts: (group) => chosen.has(group),
      publishes: (number) => number.method === method && number.decoderLayers === decoderLayers,
    };
  });
  const others = groups.filter((group) => !columns.some(({ accepts }) => accepts(group)));
  return [...columns, ...ownMethods(others)];
}

/** The published tables were made with DABS's backbone, MetaMAE's own row apart. */
function hasPublishedBackbone({ experiment: { method, settings } }: ResultGroup): boolean {
  return settings["backbone"] === (method === "metamae" || method === "mae" ? "metamae" : "dabs");
}

function entryOf(dataset: DatasetEntry, method: MethodEntry, query?: ScoreQuery): Entry {
  const published = dataset.published.find(method.publishes);
  const group = dataset.groups.find(method.accepts);
  if (group === undefined) return { estimate: null, published };
  const score = groupScore(group, query);
  return score.estimate === null
    ? { estimate: null, reason: score.reason ?? "this was not measured", published }
    : { estimate: score.estimate, reason: score.note, published };
}

function cellsOf(entries: readonly Entry[], { unit }: DatasetEntry): readonly Cell[] {
  const means = entries.flatMap(({ estimate }) => estimate === null ? [] : [estimate.mean]);
  const best = Math.max(...means);
  return entries.map(({ estimate, reason, published }) => {
    const beside = publishedCell(published, estimate);
    const further = {
      ...(beside === undefined ? {} : { published: beside }),
      ...(reason === undefined ? {} : { note: reason }),
    };
    if (estimate === null) return { text: dash, value: null, ...further };
    return {
      text: estimateText(estimate, unit),
      value: estimate.mean,
      best: means.length > 1 && estimate.mean === best,
      ...further,
    };
  });
}

/** Mean of the percentages and mean rank of every method, ours and published. */
function summaries(entries: readonly (readonly Entry[])[], datasets: readonly DatasetEntry[]) {
  const count = entries[0]!.length;
  const ours = entries.map((row) => row.map(({ estimate }) => estimate?.mean ?? null));
  const theirs = entries.map((row) => row.map(({ published }) => published?.value ?? null));
  const column = (rows: readonly (readonly (number | null)[])[], j: number) =>
    rows.map((row) => row[j]!);
  const percent = (rows: readonly (readonly (number | null)[])[]) =>
    rows.filter((_, i) => datasets[i]!.unit === "percent");
  const meanRank = (rows: readonly (readonly (number | null)[])[], j: number) => {
    // A rank among methods of which some are missing would flatter the others.
    const complete = rows.filter((row) => row.filter((value) => value !== null).length > 1);
    const known = complete.map((row) => ranks(row)[j]!).filter((rank) => rank !== null);
    return known.length > 0 && known.length === rows.length ? mean(known) : null;
  };
  const cell = (own: number | null, published: number | null): Cell => ({
    text: own === null ? dash : own.toFixed(1),
    value: own,
    ...(own === null && published !== null ? { note: incomplete } : {}),
    ...(published === null ? {} : { published: { text: published.toFixed(1) } }),
  });
  const line = (title: string, of: (rows: typeof ours, j: number) => number | null) => ({
    title,
    cells: Array.from({ length: count }, (_, j) => cell(of(ours, j), of(theirs, j))),
  });
  return [
    line("Mean of percentages", (rows, j) => completeMean(column(percent(rows), j))),
    line("Mean rank", meanRank),
  ].filter(({ cells }) => cells.some(({ value }) => value !== null));
}

const incomplete = "our mean is given once every data set has a result";

function captionOf(options: TableOptions, entries: readonly Entry[]): string {
  const kinds = new Set(entries.map(({ estimate }) => estimate?.interval?.kind));
  const parts = options.published === undefined ? [] : [options.published.caption];
  if (kinds.has("seeds")) {
    parts.push("Means over seeds ± half a 95 % t interval" + (kinds.has("samples") ? "," : ""));
  }
  if (kinds.has("samples")) {
    const single = "± half a 95 % bootstrap interval over test samples";
    parts.push(kinds.has("seeds") ? `and for single seeds ${single}` : `Single seeds ${single}`);
  }
  if (entries.some(({ published }) => published !== undefined)) parts.push(markLegend);
  return parts.join(". ").replace(",. and", ", and");
}
