/**
 * Tables of data sets against methods, ours beside the published numbers.
 *
 * @module
 */

import type { PlannedCell } from "./results.ts";
import { groupScore, type ResultGroup, type ScoreQuery } from "./groups.ts";
import type { PublishedNumber, PublishedTable, Unit } from "./published.ts";
import {
  asPublished,
  type DatasetEntry,
  type MethodEntry,
  ownDatasets,
  ownMethods,
  publishedDatasets,
  publishedMethods,
} from "./table_entries.ts";
import { compareWithPublished, completeMean, type Estimate, mean, ranks } from "./statistics.ts";
import { type Cell, dash, markLegend, type PublishedCell, type Table } from "./table.ts";
import { datasetTitle, formatNumber, metricTitle } from "./titles.ts";

/** Options of {@linkcode buildTable}. */
export interface TableOptions {
  readonly id: string;
  readonly title: string;
  /** What the rows are; the columns are the other. */
  readonly rows: "dataset" | "method";
  /** A published table whose rows, columns and numbers are to be shown, empty cells included. */
  readonly published?: PublishedTable;
  /**
   * Probe and latents. By default the linear probe on z; in a published table the transfer protocol of
   * DABS for what runs on its backbone, where that was measured.
   */
  readonly score?: ScoreQuery;
  /** Why a number is missing, for cells that are planned; asked where there is no result. */
  readonly whyMissing?: (cell: MissingCell) => string | undefined;
}

/** A cell without a result. */
export interface MissingCell {
  readonly pretrain: string;
  /** Data sets that are evaluated: several where a row is their mean. */
  readonly datasets: readonly string[];
  readonly variant: string;
  readonly method: string;
  readonly decoderLayers?: number;
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
    methods.map((method) => entryOf(dataset, method, options))
  );
  const cells = entries.map((row, i) => cellsOf(row, datasets[i]!));
  const rowTitles = datasets.map(({ title, metric, unit }): Cell => ({
    text: title,
    detail: metricTitle(metric) + (unit === "percent" ? ", %" : ""),
  }));
  // What stands beside a published row must not count twice.
  const isMain = (entry: DatasetEntry) => published === undefined || entry.planned !== undefined;
  const main = entries.filter((_, i) => isMain(datasets[i]!));
  const summary = main.length < 2 ? [] : summaries(main, datasets.filter(isMain));
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

function entryOf(
  dataset: DatasetEntry,
  method: MethodEntry,
  { score: query, published: table, whyMissing }: TableOptions,
): Entry {
  const published = dataset.published.find(method.publishes);
  const group = dataset.groups.find(method.accepts);
  if (group === undefined) {
    const { planned } = dataset;
    const { column } = method;
    const reason = planned && column && whyMissing?.({ ...planned, ...column });
    return { estimate: null, reason, published };
  }
  const { metric } = dataset;
  const base = query ?? (table === undefined ? {} : asPublished(group));
  const score = groupScore(group, metric === group.metric ? base : { ...base, metric });
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

/** Why a cell without a result has none, in a few words; undefined if it was not planned. */
export function whyMissing(
  cells: readonly PlannedCell[],
): (cell: MissingCell) => string | undefined {
  return ({ pretrain, datasets, variant, method, decoderLayers }) => {
    const own = cells.filter((cell) =>
      cell.pretrain === pretrain && datasets.includes(cell.dataset) && cell.variant === variant &&
      cell.method === method &&
      (decoderLayers === undefined || cell.decoderLayers === undefined ||
        cell.decoderLayers === decoderLayers)
    );
    const failed = own.find(({ state }) => state === "failed");
    if (failed !== undefined) return `it failed: ${failed.reason ?? "for no recorded reason"}`;
    const missing = own.find(({ state }) => state === "missing");
    if (missing !== undefined) {
      return `the raw files of ${datasetTitle(missing.lacking ?? missing.dataset)} are missing`;
    }
    return own.some(({ state }) => state === "pending") ? "it has not been run" : undefined;
  };
}
