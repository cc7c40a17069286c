/**
 * Tables of data sets against methods, ours beside the published numbers.
 *
 * Rows and columns are the data sets and methods of our results, or those of a published table.
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
import {
  likeForLike,
  type PublishedColumn,
  type PublishedNumber,
  publishedProbe,
  type PublishedTable,
  publishedTables,
  type RowProtocol,
  type Unit,
} from "./published.ts";
import type { Experiment, PlannedCell } from "./results.ts";
import { compareWithPublished, completeMean, type Estimate, mean, ranks } from "./statistics.ts";
import {
  type Cell,
  dash,
  emptyCell,
  left,
  markLegend,
  type PublishedCell,
  right,
  type Table,
} from "./table.ts";
import {
  datasetTitle,
  formatNumber,
  methodOrder,
  methodTitle,
  metricTitle,
  publishedBackbone,
} from "./titles.ts";

/** Options of {@linkcode buildTable}. */
export interface TableOptions {
  /** Name for links and files: lower-case letters, digits and dashes. */
  readonly id: string;
  /** Heading of the table. */
  readonly title: string;
  /** What the rows are; the columns are the other. */
  readonly rows: "dataset" | "method";
  /** A published table whose rows, columns and numbers are to be shown, empty cells included. */
  readonly published?: PublishedTable;
  /**
   * Probe and latents. By default the linear probe on z; in a published table the transfer protocol
   * of DABS for what runs on its backbone, where that was measured.
   */
  readonly score?: ScoreQuery;
  /** Why a number is missing, for cells that are planned; asked where there is no result. */
  readonly whyMissing?: (cell: MissingCell) => string | undefined;
}

/** A cell without a result. */
export interface MissingCell {
  /** Registry id of the data set that was pretrained on. */
  readonly pretrain: string;
  /** Data sets that are evaluated: several where a row is their mean. */
  readonly datasets: readonly string[];
  /** Variant of the evaluated data sets. */
  readonly variant: string;
  /** Method id. */
  readonly method: string;
  /** Depth of the decoder, in tables that vary it. */
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
 * Builds a table of means over seeds with half widths of their 95 % intervals, the best of every
 * data set marked, and with mean and mean rank of every method where there are several data sets.
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
      columns: [left("Data set"), ...methods.map(({ title }) => right(title))],
      rows: cells.map((row, i) => [rowTitles[i]!, ...row]),
      summary: summary.map(({ title, cells }) => [{ text: title }, ...cells]),
    };
  }
  return {
    ...common,
    columns: [
      left("Method"),
      ...rowTitles.map(({ text }) => right(text)),
      ...summary.map(({ title }) => right(title)),
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
    if (estimate === null) return { ...emptyCell(), ...further };
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

/** One data set of a table. */
export interface DatasetEntry {
  readonly title: string;
  readonly metric: string;
  readonly unit: Unit;
  readonly groups: readonly ResultGroup[];
  readonly published: readonly PublishedNumber[];
  /** What fills the row when it is complete; absent for rows that are not published. */
  readonly planned?: {
    readonly pretrain: string;
    readonly datasets: readonly string[];
    readonly variant: string;
  };
}

/** One method of a table. */
export interface MethodEntry {
  readonly title: string;
  readonly accepts: (group: ResultGroup) => boolean;
  readonly publishes: (number: PublishedNumber) => boolean;
  /** What fills the column, in a published table. */
  readonly column?: { readonly method: string; readonly decoderLayers?: number };
}

/** The data sets of some results. */
export function ownDatasets(groups: readonly ResultGroup[]): readonly DatasetEntry[] {
  const byDataset = Map.groupBy(groups, ({ experiment }) => datasetKey(experiment));
  const experiments = groups.map(({ experiment }) => experiment);
  return [...byDataset.values()].map((groups) => ({
    title: evaluationTitle(groups[0]!.experiment, experiments),
    metric: groups[0]!.metric,
    unit: groups[0]!.unit,
    groups,
    published: [],
  }));
}

/** The methods of some results. */
export function ownMethods(groups: readonly ResultGroup[]): readonly MethodEntry[] {
  return [...new Set(groups.map(({ label }) => label))].map((label) => ({
    title: label,
    accepts: (group) => group.label === label,
    publishes: () => false,
  }));
}

/** Groups that have a row in a published table. */
export function groupsOf(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly ResultGroup[] {
  const pairs = new Set(table.rows.map(([first]) => `${first!.pretrain} ${first!.eval}`));
  const methods = new Set(table.columns.map(({ method }) => method));
  return groups.filter(({ experiment: { pretrain, dataset, method } }) =>
    pairs.has(`${pretrain} ${dataset}`) && (table.varied === undefined || methods.has(method))
  );
}

/**
 * The rows of a published table, each followed by what stands beside it: the same without a leak or
 * without padding, and variants of the data set that nothing was published for.
 */
export function publishedDatasets(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly DatasetEntry[] {
  const shown = groupsOf(groups, table);
  return table.rows.flatMap((row, i): DatasetEntry[] => {
    if (row[0]!.superseded) return [];
    const { row: title, metric, unit, pretrain, eval: evaluated } = row[0]!;
    const protocol = table.protocols[i]!;
    const own = shown.filter(({ experiment }) =>
      experiment.pretrain === pretrain && experiment.dataset === evaluated
    );
    const byVariant = Map.groupBy(own, ({ experiment }) => experiment.variant);
    const main = mainVariant([...byVariant.keys()], protocol, pretrain, evaluated);
    const datasets = protocol.members.length > 0 ? protocol.members : [evaluated];
    const entry = (title: string, groups: readonly ResultGroup[] = []): DatasetEntry => {
      return { title, metric, unit, groups, published: [] };
    };
    return [
      {
        ...entry(title, byVariant.get(main)),
        published: row,
        planned: { pretrain, datasets, variant: main },
      },
      ...protocol.beside.flatMap(({ title, variant = main, metric: other = metric }) => {
        const groups = byVariant.get(variant) ?? [];
        if (groups.length === 0) return [];
        return [{ ...entry(title, groups), metric: other }];
      }),
      ...[...byVariant].filter(([variant]) =>
        variant !== main && !isNamed(variant, pretrain, evaluated)
      ).map(([variant, groups]) => entry(`${title} (${variant})`, groups)),
    ];
  });
}

/**
 * The variant that stands in the row itself; one that no published row names if the right one is
 * absent.
 */
function mainVariant(
  there: readonly string[],
  { variant }: RowProtocol,
  pretrain: string,
  evaluated: string,
): string {
  if (there.includes(variant)) return variant;
  return there.find((other) => !isNamed(other, pretrain, evaluated)) ?? variant;
}

/** Whether some published table has a row, or a row beside one, for a variant. */
function isNamed(variant: string, pretrain: string, evaluated: string): boolean {
  return publishedTables.some(({ rows, protocols }) =>
    rows.some(([first], i) =>
      first!.pretrain === pretrain && first!.eval === evaluated &&
      [protocols[i]!, ...protocols[i]!.beside].some((named) => named.variant === variant)
    )
  );
}

/** The columns of a published table, then those of results that fit none. */
export function publishedMethods(
  groups: readonly ResultGroup[],
  table: PublishedTable,
): readonly MethodEntry[] {
  const columns = table.columns.map((column): MethodEntry => {
    const { method, decoderLayers, title } = column;
    // Of several settings the column takes the published backbone; the others get columns of their
    // own.
    const chosen = new Set(
      [
        ...Map.groupBy(
          groups.filter((group) => fits(group, column, table)),
          ({ experiment }) => datasetKey(experiment),
        ).values(),
      ].map((same) => same.find(hasPublishedBackbone) ?? same[0]!),
    );
    return {
      title,
      accepts: (group) => chosen.has(group),
      publishes: (number) => number.method === method && number.decoderLayers === decoderLayers,
      column: { method, ...(decoderLayers === undefined ? {} : { decoderLayers }) },
    };
  });
  const others = groups.filter((group) => !columns.some(({ accepts }) => accepts(group)));
  return [...columns, ...ownMethods(others)];
}

/** Whether some column of a published table is for the method of a result, and for its decoder. */
export function hasColumn(group: ResultGroup, table: PublishedTable): boolean {
  return table.columns.some((column) => fits(group, column, table));
}

function fits(
  { experiment }: ResultGroup,
  { method, decoderLayers }: PublishedColumn,
  { varied }: PublishedTable,
): boolean {
  return experiment.method === method &&
    (method !== varied || experiment.settings["decoderLayers"] === decoderLayers);
}

/** Whether a result is known to be made with another backbone than that of the published tables. */
export function hasOtherBackbone({ experiment: { method, settings } }: ResultGroup): boolean {
  const { backbone } = settings;
  return backbone !== undefined && backbone !== publishedBackbone(method);
}

/** Whether published numbers of a row may stand beside those of an experiment's variant. */
export function takesVariant(
  protocol: RowProtocol,
  { pretrain, dataset, variant }: Experiment,
): boolean {
  return protocol.variant === variant || !isNamed(variant, pretrain, dataset);
}

/** Whether a result was made with the backbone of the published tables. */
function hasPublishedBackbone({ experiment: { method, settings } }: ResultGroup): boolean {
  return settings["backbone"] === publishedBackbone(method);
}

/**
 * Which number of a group a published one is to be compared with: that of the probe by which its
 * backbone was published if it was measured, else the linear probe on z.
 */
export function asPublished({ experiment, records }: ResultGroup): ScoreQuery {
  const probe = publishedProbe(String(experiment.settings["backbone"]));
  const isMeasured = records.some(({ scores }) => scores.some((score) => score.probe === probe));
  return probe !== undefined && isMeasured ? { probe } : {};
}

/** Results that belong into tables of the published form, and into those on the common backbone. */
export interface ByBackbone {
  readonly published: readonly ResultGroup[];
  /** Empty unless some method that was published on another backbone ran on this one. */
  readonly common: readonly ResultGroup[];
}

/**
 * Tells results on the published backbones from those on the one that all methods are compared on.
 * What was published on that belongs to both; a method whose decoder a published table varies to
 * the latter only with the decoder of the others.
 */
export function splitByBackbone(groups: readonly ResultGroup[]): ByBackbone {
  const { backbone } = likeForLike;
  const common = groups.filter(({ experiment }) => experiment.settings["backbone"] === backbone);
  const [hosts, guests] = [true, false].map((isHost) =>
    common.filter(({ experiment }) =>
      (publishedBackbone(experiment.method) === backbone) === isHost
    )
  );
  if (guests!.length === 0) return { published: groups, common: [] };
  const isVaried = ({ experiment }: ResultGroup) =>
    publishedTables.some(({ varied }) => varied === experiment.method);
  const depthOf = ({ experiment }: ResultGroup) => experiment.settings["decoderLayers"];
  const depths = new Set(hosts!.filter((group) => !isVaried(group)).map(depthOf));
  return {
    published: groups.filter((group) => !hasOtherBackbone(group)),
    common: common.filter((group) =>
      !isVaried(group) || depths.size === 0 || depths.has(depthOf(group))
    ),
  };
}

/** The form of a published table with a column for every method on the common backbone. */
export function likeForLikeForm(
  table: PublishedTable,
  groups: readonly ResultGroup[],
): PublishedTable {
  const { backbone, title, caption } = likeForLike;
  const methods = [...new Set(groups.map(({ experiment }) => experiment.method))]
    .sort((a, b) => methodOrder(a) - methodOrder(b));
  return {
    ...table,
    id: `${table.id}-like-for-like`,
    title: `${table.title}, ${title}`,
    caption,
    columns: methods.map((method) => ({ method, title: methodTitle(method) })),
    rows: table.rows.map((row) =>
      row.filter(({ method }) => publishedBackbone(method) === backbone)
    ),
  };
}
