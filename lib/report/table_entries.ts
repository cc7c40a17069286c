/**
 * Rows and columns of tables: the data sets and methods of our results, or those of a published table.
 *
 * @module
 */

import { datasetKey, evaluationTitle, type ResultGroup, type ScoreQuery } from "./groups.ts";
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
import type { Experiment } from "./results.ts";
import { methodOrder, methodTitle, publishedBackbone } from "./titles.ts";

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
  return [...byDataset.values()].map((alike) => ({
    title: evaluationTitle(alike[0]!.experiment, experiments),
    metric: alike[0]!.metric,
    unit: alike[0]!.unit,
    groups: alike,
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

/** The variant that stands in the row itself; one that no published row names if the right one is absent. */
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
    // Of several settings the column takes the published backbone; the others get columns of their own.
    const chosen = new Set(
      [
        ...Map.groupBy(
          groups.filter((group) => fits(group, column, table)),
          ({ experiment }) => datasetKey(experiment),
        ).values(),
      ].map((alike) => alike.find(hasPublishedBackbone) ?? alike[0]!),
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
 * Tells results on the published backbones from those on the one that all methods are compared on. What
 * was published on that belongs to both; a method whose decoder a published table varies to the latter
 * only with the decoder of the others.
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
