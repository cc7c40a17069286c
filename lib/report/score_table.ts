/**
 * The table of one data set: every method's scores, differences and what adaptation brings.
 *
 * @module
 */

import {
  datasetKey,
  evaluationTitle,
  experimentKey,
  groupScore,
  type ResultGroup,
  type ScoreQuery,
} from "./groups.ts";
import { findPublished, type PublishedNumber, publishedTables, type Unit } from "./published.ts";
import type { AdaptationRecord } from "./results.ts";
import {
  compareWithPublished,
  type Estimate,
  estimateDifference,
  type Interval,
  type Mark,
  mean,
} from "./statistics.ts";
import { asPublished, hasOtherBackbone, takesVariant } from "./build_table.ts";
import { type Cell, type Column, emptyCell, left, right, type Table } from "./table.ts";
import { capital, formatDifference, formatNumber, isUntrained, metricTitle } from "./titles.ts";

/** A column that is left out where no row has anything for it. */
interface ScoreColumn extends Column {
  readonly cell: (group: ResultGroup) => Cell;
}

/** The data sets of some groups, each with its groups, in their order. */
export function groupsByDataset(
  groups: readonly ResultGroup[],
): readonly (readonly ResultGroup[])[] {
  return [...Map.groupBy(groups, ({ experiment }) => datasetKey(experiment)).values()];
}

/**
 * Scores of the methods on one data set.
 *
 * @param groups Groups of one data set.
 * @param all All groups of the report, to tell variants apart.
 */
export function scoreTable(
  groups: readonly ResultGroup[],
  adaptations: readonly AdaptationRecord[],
  all: readonly ResultGroup[],
): Table {
  const { experiment, metric, unit } = groups[0]!;
  const title = evaluationTitle(experiment, all.map((group) => group.experiment));
  const inUnit = unit === "percent" ? ", %" : "";
  const score = (title: string, query: ScoreQuery): ScoreColumn => ({
    ...right(title),
    cell: (group) => scoreCell(group, query),
  });
  const columns: readonly ScoreColumn[] = [
    { ...score(`Linear probe${inUnit}`, {}), cell: bestOf(groups) },
    { ...right("Difference to scratch"), cell: differenceTo(scratchOf(groups)) },
    { ...right("Published"), cell: publishedColumn },
    score(`Linear, adapted z*${inUnit}`, { latent: "zstar" }),
    score(`kNN${inUnit}`, { probe: "knn" }),
    score(`kNN, z*${inUnit}`, { probe: "knn", latent: "zstar" }),
    score(`Ridge${inUnit}`, { probe: "ridge" }),
    score(`Ridge, z*${inUnit}`, { probe: "ridge", latent: "zstar" }),
    score(`DABS protocol${inUnit}`, { probe: "dabs" }),
    score(`Fine-tuned${inUnit}`, { probe: "finetune" }),
    { ...right("Reconstruction loss"), cell: adaptationColumn(adaptations) },
  ];
  const filled = columns.filter(({ cell }) => groups.some((group) => !isBare(cell(group))));
  const counts = new Set(groups.flatMap(({ records }) => records.map((r) => r.testSamples)));
  const samples = [...counts].sort((a, b) => a - b).map((count) => count.toLocaleString("en-US"));
  return {
    id: "scores",
    title,
    caption: `${capital(metricTitle(metric))} on ${samples.join(" or ")} ` +
      `test samples, with 95 % confidence intervals${intervalCaption(groups)}`,
    columns: [left("Method"), ...filled],
    rows: groups.map((group) => [
      { text: group.label, ...seedsDetail(group) },
      ...filled.map(({ cell }) => cell(group)),
    ]),
  };
}

/**
 * The published number that a group is to be compared with, from the first table that has it for
 * the group's variant and backbone.
 */
export function publishedFor(
  group: ResultGroup,
): PublishedNumber & { readonly value: number } | undefined {
  const { dataset, pretrain, method, settings } = group.experiment;
  if (hasOtherBackbone(group)) return undefined;
  const depth = settings["decoderLayers"];
  const decoderLayers = typeof depth === "number" ? depth : undefined;
  for (const { id: table, rows, protocols } of publishedTables) {
    const row = rows.findIndex(([first]) =>
      first!.pretrain === pretrain && first!.eval === dataset && !first!.superseded
    );
    if (row < 0 || !takesVariant(protocols[row]!, group.experiment)) continue;
    const found = findPublished({ table, pretrain, eval: dataset, method, decoderLayers });
    if (found !== undefined && found.value !== null) return { ...found, value: found.value };
  }
  return undefined;
}

/** The untrained group that others are compared with: on the same backbone if there are several. */
export function scratchOf(
  groups: readonly ResultGroup[],
): (group: ResultGroup) => ResultGroup | undefined {
  const scratch = groups.filter(({ experiment }) => isUntrained(experiment.method));
  return ({ experiment }) =>
    isUntrained(experiment.method)
      ? undefined
      : scratch.find((other) =>
        other.experiment.settings["backbone"] === experiment.settings["backbone"]
      ) ?? scratch[0];
}

/** Difference of a group to another with its interval, in the unit of the tables. */
export function groupDifference(group: ResultGroup, base: ResultGroup): Estimate | null {
  const [ours, theirs] = [groupScore(group), groupScore(base)];
  if (ours.estimate === null || theirs.estimate === null) return null;
  return estimateDifference(ours.measurements, theirs.measurements);
}

/** `89.0 to 91.2`. */
export function intervalText(
  { low, high }: Interval,
  unit: Unit,
  format: (value: number, unit: Unit) => string = formatNumber,
): string {
  return `${format(low, unit)} to ${format(high, unit)}`;
}

function scoreCell(group: ResultGroup, query: ScoreQuery): Cell {
  const score = groupScore(group, query);
  if (score.estimate === null) return emptyCell(score.reason);
  const { mean: value, interval } = score.estimate;
  return {
    text: formatNumber(value, group.unit),
    value,
    ...(interval === null ? {} : { detail: intervalText(interval, group.unit) }),
    ...(score.note === undefined ? {} : { note: score.note }),
  };
}

function bestOf(groups: readonly ResultGroup[]): (group: ResultGroup) => Cell {
  const means = groups.map((group) => groupScore(group).estimate?.mean ?? -Infinity);
  const best = Math.max(...means);
  return (group) => {
    const cell = scoreCell(group, {});
    return { ...cell, best: groups.length > 1 && cell.value === best };
  };
}

function differenceTo(
  base: (group: ResultGroup) => ResultGroup | undefined,
): (group: ResultGroup) => Cell {
  return (group) => {
    const other = base(group);
    const difference = other === undefined ? null : groupDifference(group, other);
    if (difference === null) return emptyCell();
    const { mean: value, interval } = difference;
    return {
      text: formatDifference(value, group.unit),
      value,
      ...(interval === null
        ? {}
        : { detail: intervalText(interval, group.unit, formatDifference) }),
    };
  };
}

function publishedColumn(group: ResultGroup): Cell {
  const published = publishedFor(group);
  if (published === undefined) return emptyCell();
  const text = formatNumber(published.value, group.unit);
  const ours = groupScore(group, asPublished(group)).estimate;
  if (ours === null) return { text, value: published.value };
  const { difference, mark } = compareWithPublished(ours, published.value);
  const stand = mark === null ? "" : `, ${standing[mark]}`;
  return {
    text,
    value: published.value,
    detail: `ours ${formatDifference(difference, group.unit)}${stand}`,
  };
}

const standing: Readonly<Record<Mark, string>> = {
  within: "within our CI",
  above: "our CI is above",
  below: "our CI is below",
};

function adaptationColumn(adaptations: readonly AdaptationRecord[]): (group: ResultGroup) => Cell {
  return (group) => {
    const own = adaptationsOf(group, adaptations);
    const losses = own.flatMap((record) => record.losses === null ? [] : [record.losses]);
    if (losses.length === 0) {
      return emptyCell(own.find(({ reason }) => reason !== undefined)?.reason);
    }
    const before = mean(losses.map((loss) => loss.before));
    const after = mean(losses.map((loss) => loss.after));
    return {
      text: `${before.toPrecision(3)} → ${after.toPrecision(3)}`,
      value: after,
      detail: changeText(before, after),
    };
  };
}

/** Adaptations of a group's runs. */
export function adaptationsOf(
  group: ResultGroup,
  adaptations: readonly AdaptationRecord[],
): readonly AdaptationRecord[] {
  const key = experimentKey(group.experiment);
  return adaptations.filter(({ experiment }) => experimentKey(experiment) === key);
}

/** Relative change in percent, such as `−12 %`. */
export function changeText(before: number, after: number): string {
  const percent = 100 * (after / before - 1);
  const decimals = Math.abs(percent) < 10 ? 1 : 0;
  const text = `${Math.abs(percent).toFixed(decimals)} %`;
  return Number(percent.toFixed(decimals)) === 0 ? text : (percent < 0 ? "−" : "+") + text;
}

function isBare(cell: Cell): boolean {
  return cell.value === null && cell.note === undefined;
}

function seedsDetail({ records }: ResultGroup): { readonly detail?: string } {
  return records.length === 1 ? {} : { detail: `${records.length} seeds` };
}

function intervalCaption(groups: readonly ResultGroup[]): string {
  const several = groups.some(({ records }) => records.length > 1);
  return several
    ? " of the mean over seeds (Student's t)"
    : " over test samples (bootstrap); differences are paired sample by sample where possible";
}
