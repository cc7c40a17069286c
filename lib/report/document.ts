/**
 * A report before it is written in a format: its texts, tables and figures in order.
 *
 * @module
 */

import { buildTable, whyMissing } from "./build_table.ts";
import {
  plotAdaptation,
  plotCurves,
  plotDecoderDepth,
  plotGalleries,
  plotHealth,
  plotScores,
  slug,
} from "./figures.ts";
import {
  averageRecords,
  datasetKey,
  evaluationTitle,
  groupRecords,
  groupScore,
  type ResultGroup,
  trainingKey,
} from "./groups.ts";
import { likeForLike, type PublishedTable, publishedTables } from "./published.ts";
import {
  cellsTable,
  provenanceTable,
  publishedTable,
  remarksOn,
  resultsTable,
  settingsTable,
  skippedTable,
} from "./record_tables.ts";
import type { PlannedCell, Results, ScoreRecord } from "./results.ts";
import {
  groupDifference,
  groupsByDataset,
  intervalText,
  scoreTable,
  scratchOf,
} from "./score_table.ts";
import type { Figure } from "./charts.ts";
import type { Table } from "./table.ts";
import { groupsOf, hasColumn, likeForLikeForm, splitByBackbone } from "./build_table.ts";
import { formatDifference, formatNumber, metricTitle } from "./titles.ts";

/** What the report says about one data set. */
export interface DatasetSection {
  /** Registry id of the data set. */
  readonly id: string;
  /** Name of the data set for people. */
  readonly title: string;
  /** Scores of the probes by method. */
  readonly scores: Table;
  /**
   * The settings that readers ask for first, of training and probes, and how numbers were chosen.
   */
  readonly remarks: readonly string[];
  /** All settings of the results. */
  readonly settingsTable: Table;
  /** Remarks of the store, such as how the data were split. */
  readonly notes: readonly string[];
  /** Drawings of scores and adaptation. */
  readonly figures: readonly Figure[];
}

/** A report. */
export interface ReportDocument {
  /** Heading of the report. */
  readonly title: string;
  /** What was found, in plain sentences. */
  readonly findings: readonly string[];
  /** Tables over several data sets, the published ones first. */
  readonly overview: readonly Table[];
  /** One section a data set that was evaluated. */
  readonly datasets: readonly DatasetSection[];
  /** Training curves. */
  readonly training: readonly Figure[];
  /** Whether the runs were healthy: gradients, features and reconstructions by step. */
  readonly health: readonly Figure[];
  /** Scores by the depth of the decoder. */
  readonly decoderDepth: readonly Figure[];
  /** Samples beside their reconstructions. */
  readonly galleries: readonly Figure[];
  /** Every number with all its digits. */
  readonly results: Table;
  /** Digests and versions that each result comes from. */
  readonly provenance: Table;
  /** The published numbers that results are compared with. */
  readonly published: Table;
  /** Cells of the grid that the results belong to, if they do. */
  readonly cells?: Table;
  /** Inputs that gave no result; absent if there are none. */
  readonly skipped?: Table;
}

/** Composes a report from results. */
export function composeReport(results: Results): ReportDocument {
  const groups = groupRecords([...withMachines(results), ...averageRecords(results.scores)]);
  const byDataset = groupsByDataset(groups);
  const uniqueId = idGiver();
  const named = (figure: Figure): Figure => ({ ...figure, id: uniqueId(figure.id) });
  const datasets = byDataset.map((own) => datasetSection(own, groups, results, uniqueId));
  return {
    title: reportTitle(byDataset, results),
    findings: findings(byDataset),
    overview: overviewTables(groups, results.cells ?? []),
    datasets,
    training: plotCurves(results.curves).map(named),
    health: plotHealth(results.curves).map(named),
    decoderDepth: plotDecoderDepth(groups).map(named),
    galleries: plotGalleries(results.galleries).map(named),
    results: resultsTable(groups),
    provenance: provenanceTable(groups),
    published: publishedTable(),
    ...(results.cells === undefined || results.cells.length === 0
      ? {}
      : { cells: cellsTable(results.cells) }),
    ...(results.skipped.length === 0 ? {} : { skipped: skippedTable(results.skipped) }),
  };
}

/** All figures of a report, in its order. */
export function figuresOf(document: ReportDocument): readonly Figure[] {
  return [
    ...document.datasets.flatMap(({ figures }) => figures),
    ...document.decoderDepth,
    ...document.training,
    ...document.health,
    ...document.galleries,
  ];
}

function datasetSection(
  groups: readonly ResultGroup[],
  all: readonly ResultGroup[],
  { adaptations }: Results,
  uniqueId: (id: string) => string,
): DatasetSection {
  const scores = scoreTable(groups, adaptations, all);
  const figures = [plotScores(groups), plotAdaptation(groups, adaptations)]
    .filter((figure) => figure !== undefined)
    .map((figure) => ({ ...figure, id: uniqueId(figure.id) }));
  const notes = groups.flatMap(({ records }) => records.flatMap((record) => record.notes));
  const id = uniqueId(`data-${slug(groups[0]!.experiment)}`);
  return {
    id,
    title: scores.title,
    scores: { ...scores, id: uniqueId(`${id}-scores`) },
    remarks: remarksOn(groups),
    settingsTable: { ...settingsTable(groups), id: uniqueId(`${id}-settings`) },
    notes: [...new Set(notes)],
    figures,
  };
}

/**
 * The published tables of which some cell was measured or planned, each with its like on one
 * backbone, then the data sets that are in none.
 */
function overviewTables(
  groups: readonly ResultGroup[],
  cells: readonly PlannedCell[],
): readonly Table[] {
  const { published: asPublished, common } = splitByBackbone(groups);
  const placed = new Set<string>();
  const isPlaced = ({ experiment }: ResultGroup) => placed.has(datasetKey(experiment));
  const tables: Table[] = [];
  for (const published of publishedTables) {
    const { id, varied } = published;
    const own = groupsOf(asPublished, published).filter((group) =>
      hasColumn(group, published) ||
      (common.length === 0 && (varied !== undefined || !isPlaced(group)))
    );
    // A later table may repeat data sets of the ones before it, with other numbers.
    const isNew = own.some((group) => !isPlaced(group));
    const studies = own.some(({ experiment }) => experiment.method === varied);
    if (!isNew && !studies && !cells.some(({ table }) => table === id)) continue;
    const others = groupsOf(common, published);
    const rows = published.rows.length > published.columns.length + 1 ? "dataset" : "method";
    const add = (own: readonly ResultGroup[], published: PublishedTable, isLike: boolean) => {
      const planned = cells.filter((cell) => isLike === (cell.likeForLike ?? false));
      const { id, title } = published;
      tables.push(buildTable(own, { id, title, rows, published, whyMissing: whyMissing(planned) }));
    };
    add(own, published, false);
    if (likeForLike.tables.includes(id) && others.length > 0) {
      add(others, likeForLikeForm(published, others), true);
    }
    for (const { experiment } of [...own, ...others]) placed.add(datasetKey(experiment));
  }
  const others = groups.filter((group) =>
    !isPlaced(group) && !members.has(group.experiment.dataset)
  );
  // A single data set has its own, fuller table.
  const count = groupsByDataset(others).length;
  if (count > 1 || (count > 0 && tables.length > 0)) {
    const rows = count === 1 ? "method" : "dataset";
    tables.push(buildTable(others, { id: "other", title: "Other data sets", rows }));
  }
  return tables;
}

/** Data sets that count in a row that is a mean. */
const members = new Set(
  publishedTables.flatMap(({ protocols }) => protocols.flatMap(({ members }) => members)),
);

function reportTitle(byDataset: readonly (readonly ResultGroup[])[], results: Results): string {
  const experiments = byDataset.map((groups) => groups[0]!.experiment);
  if (experiments.length === 0) {
    return results.curves.length > 0 ? "Training runs without results" : "No results";
  }
  if (experiments.length > 3) return `Results on ${experiments.length} data sets`;
  const titles = experiments.map((experiment) => evaluationTitle(experiment, experiments));
  return `Results on ${titles.join(" and ")}`;
}

/** Who is best, by how much over no pretraining; for many data sets only how often. */
function findings(byDataset: readonly (readonly ResultGroup[])[]): readonly string[] {
  const winners = byDataset.flatMap((groups) => {
    const scored = groups.flatMap((group) => {
      const { estimate } = groupScore(group);
      return estimate === null ? [] : [{ group, estimate }];
    }).sort((a, b) => b.estimate.mean - a.estimate.mean);
    return scored.length > 1 ? [{ groups, ...scored[0]! }] : [];
  });
  if (winners.length > 3) {
    const wins = new Map<string, number>();
    for (const { group } of winners) wins.set(group.label, (wins.get(group.label) ?? 0) + 1);
    const texts = [...wins].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([label, count]) => `${label} on ${count}`);
    return [`Best method by linear probe, of ${winners.length} data sets: ${texts.join(", ")}`];
  }
  return winners.map(({ groups, group, estimate }) => {
    const { unit, metric } = group;
    const suffix = unit === "percent" ? " %" : "";
    const where = evaluationTitle(group.experiment, groups.map(({ experiment }) => experiment));
    const interval = estimate.interval === null
      ? ""
      : ` (95 % CI ${intervalText(estimate.interval, unit)})`;
    const base = scratchOf(groups)(group);
    const difference = base === undefined ? null : groupDifference(group, base);
    const points = unit === "percent" ? " points" : "";
    const over = difference === null
      ? ""
      : `, ${formatDifference(difference.mean, unit)}${points} against an untrained encoder` +
        (difference.interval === null
          ? ""
          : ` (95 % CI ${intervalText(difference.interval, unit, formatDifference)})`);
    return `On ${where}, ${group.label} has the best ${metricTitle(metric)} by linear probe: ` +
      `${formatNumber(estimate.mean, unit)}${suffix}${interval}${over}`;
  });
}

/** Adds to every record what its run was trained on, where the run is among the results. */
function withMachines({ scores, curves }: Results): readonly ScoreRecord[] {
  const machines = new Map(
    curves.map(({ experiment, seed, machine }) => [trainingKey(experiment, seed), machine]),
  );
  return scores.map((record) => {
    const machine = machines.get(trainingKey(record.experiment, record.seed));
    if (machine === undefined) return record;
    return { ...record, provenance: { ...record.provenance, "Trained on": machine } };
  });
}

/** Gives every id once: a second one of the same name gets a number. */
function idGiver(): (id: string) => string {
  const given = new Set<string>();
  return (id) => {
    let unique = id;
    for (let n = 2; given.has(unique); n++) unique = `${id}-${n}`;
    given.add(unique);
    return unique;
  };
}
