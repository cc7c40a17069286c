/**
 * Writing a report: from paths of results to tables, pages and figures, and checks of required
 * scores.
 *
 * @module
 */

import {
  DataError,
  explained,
  join,
  lookUp,
  ScoreError,
  UsageError,
  writeFileAtomic,
} from "../util/mod.ts";
import type { Figure } from "./charts.ts";
import { standaloneSvg } from "./charts.ts";
import { composeReport, figuresOf, type ReportDocument } from "./document.ts";
import { groupRecords, groupScore, type ResultGroup } from "./groups.ts";
import { renderHtml } from "./html.ts";
import { loadResults } from "./load_results.ts";
import type { Results, Skipped } from "./results.ts";
import { renderCsv, renderJson, renderLatex, renderMarkdown } from "./text_formats.ts";
import { paperTheme } from "./theme.ts";
import { formatNumber } from "./titles.ts";

/** Formats of a report, by the endings that name them. */
export const reportFormats = ["md", "tex", "csv", "html", "json"] as const;

/** Format of a report. */
export type ReportFormat = (typeof reportFormats)[number];

/** Options of {@linkcode writeReport}. */
export interface WriteReportOptions {
  /** Result files, run folders, features folders, or folders that hold any of them. */
  readonly paths: readonly string[];
  /** Folder of the report; files of an earlier report in it are replaced. */
  readonly out: string;
  /** All by default. */
  readonly formats?: readonly ReportFormat[];
  /**
   * Scores that must be reached, each as `DATASET/METHOD>=X`: the mean over seeds of the linear
   * probe on z, in the unit of the tables (percent for accuracies, F1 and AUROC).
   */
  readonly require?: readonly string[];
}

/** What was written. */
export interface ReportSummary {
  /** Folder of the report. */
  readonly out: string;
  /** Files below the folder. */
  readonly files: readonly string[];
  /** Result records that the numbers come from. */
  readonly records: number;
  /** What was found, in plain sentences. */
  readonly findings: readonly string[];
  /** The report's tables, for showing them in a terminal. */
  readonly document: ReportDocument;
  /** Inputs that gave no result, and why. */
  readonly skipped: readonly Skipped[];
  /** What was reached of each bound that was asked for. */
  readonly requirements: readonly RequirementOutcome[];
}

const names: Readonly<Record<ReportFormat, string>> = {
  md: "report.md",
  tex: "report.tex",
  csv: "report.csv",
  html: "index.html",
  json: "report.json",
};

/**
 * Reads results and writes the report: a file a format, and every figure as `figures/<name>.svg` on
 * a light background. Everything is rendered before the first file is written, each file is
 * replaced atomically, and the same inputs give the same bytes.
 *
 * @throws {UsageError} If there is no path, or a requirement is malformed or names an unknown
 * method.
 * @throws {MissingError} If a path does not exist.
 * @throws {DataError} If the paths hold nothing to report.
 * @throws {StorageError} If the report cannot be written.
 * @throws {ScoreError} If a required score was not reached; the report is written nevertheless.
 */
export async function writeReport(options: WriteReportOptions): Promise<ReportSummary> {
  const { paths, out, formats = reportFormats } = options;
  if (paths.length === 0) {
    throw new UsageError("Cannot write a report: no path is given, results are wanted");
  }
  const required = (options.require ?? []).map(parseRequirement);
  const results = await loadResults(paths);
  checkNotEmpty(results, paths);
  const groups = groupRecords(results.scores);
  const requirements = checkRequirements(required, groups);
  const document = composeReport(results);
  const files = renderFiles(document, formats);
  await explained(`Cannot write the report "${out}"`, async () => {
    await Deno.mkdir(join(out, "figures"), { recursive: true });
  });
  for (const [name, text] of files) await writeFileAtomic(join(out, name), text);
  assertRequirements(requirements, groups);
  return {
    out,
    files: [...files.keys()],
    records: results.scores.length,
    findings: document.findings,
    document,
    skipped: results.skipped,
    requirements,
  };
}

/** The files of a report by name, the documents last. */
export function renderFiles(
  document: ReportDocument,
  formats: readonly ReportFormat[],
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const figure of figuresOf(document)) {
    files.set(figurePath(figure), standaloneSvg(figure, paperTheme));
  }
  const render: Readonly<Record<ReportFormat, () => string>> = {
    md: () => renderMarkdown(document, figurePath),
    tex: () => renderLatex(document),
    csv: () => renderCsv(document.results),
    html: () => renderHtml(document),
    json: () => renderJson(document),
  };
  for (const format of reportFormats) {
    if (formats.includes(format)) files.set(names[format], render[format]());
  }
  return files;
}

function figurePath({ id }: Figure): string {
  return `figures/${id}.svg`;
}

function checkNotEmpty(
  { scores, curves, galleries, cells = [], skipped }: Results,
  paths: readonly string[],
) {
  if (scores.length + curves.length + galleries.length + cells.length > 0) return;
  const [first] = skipped;
  const reason = first === undefined ? "" : `; the first that was left out: ${first.reason}`;
  throw new DataError(
    `Cannot write a report: there is no result in ${
      paths.map((path) => `"${path}"`).join(", ")
    }${reason}`,
    { hint: "Results are made by metamae probe" },
  );
}

/** A bound on the linear probe of a method on a data set. */
export interface ScoreRequirement {
  /** Registry id of the data set that is evaluated. */
  readonly dataset: string;
  /** Method id. */
  readonly method: string;
  /**
   * In the unit of the tables: percent for accuracies, F1 and AUROC, coefficients for correlations.
   */
  readonly bound: number;
  /** As the user wrote it. */
  readonly text: string;
}

/** What was reached of a requirement. */
export interface RequirementOutcome {
  /** The bound. */
  readonly requirement: ScoreRequirement;
  /** Mean over seeds, in the unit of the tables; null with the reason if there is none. */
  readonly reached: number | null;
  /** Why there is no score. */
  readonly reason?: string;
  /** Whether the score reaches the bound. */
  readonly met: boolean;
}

/**
 * Parses `DATASET/METHOD>=X`.
 *
 * @throws {UsageError} If the text has another form.
 */
export function parseRequirement(text: string): ScoreRequirement {
  const match = /^\s*([^/\s]+)\s*\/\s*([^/\s>]+)\s*>=\s*([-+]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot use the requirement "${text}": the form "DATASET/METHOD>=X" is wanted, ` +
        `such as "mnist/metamae>=85" (percent)`,
    );
  }
  const [, dataset, method, bound] = match;
  return { dataset: dataset!, method: method!, bound: Number(bound), text };
}

/**
 * Compares results with requirements. Where several settings of a method were reported, the lowest
 * of their means counts.
 *
 * @throws {UsageError} If a requirement names a data set or method of which there is no result.
 */
export function checkRequirements(
  requirements: readonly ScoreRequirement[],
  groups: readonly ResultGroup[],
): readonly RequirementOutcome[] {
  return requirements.map((requirement): RequirementOutcome => {
    const byDataset = Map.groupBy(groups, ({ experiment }) => experiment.dataset);
    const onDataset = lookUp("data set in a requirement", requirement.dataset, byDataset);
    const byMethod = Map.groupBy(onDataset, ({ experiment }) => experiment.method);
    const own = lookUp(
      `method in a requirement on "${requirement.dataset}"`,
      requirement.method,
      byMethod,
    );
    const scores = own.map((group) => groupScore(group));
    const missing = scores.find(({ estimate }) => estimate === null);
    if (missing?.estimate === null) {
      const reason = missing.reason ?? "it was not measured";
      return { requirement, reached: null, reason, met: false };
    }
    const reached = Math.min(...scores.map(({ estimate }) => estimate!.mean));
    return { requirement, reached, met: reached >= requirement.bound };
  });
}

/**
 * Fails unless all requirements are met.
 *
 * @throws {ScoreError} Otherwise; the message lists what was reached.
 */
export function assertRequirements(
  outcomes: readonly RequirementOutcome[],
  groups: readonly ResultGroup[],
): void {
  const failed = outcomes.filter(({ met }) => !met);
  if (failed.length === 0) return;
  const lines = failed.map(({ requirement: { dataset, method, bound }, reached, reason }) => {
    const unit = groups.find(({ experiment }) => experiment.dataset === dataset)!.unit;
    const suffix = unit === "percent" ? " %" : "";
    return `${dataset}/${method} ` +
      (reached === null
        ? `has no score (${reason})`
        : `reached ${formatNumber(reached, unit)}${suffix}`) +
      `, ${bound}${suffix} was wanted`;
  });
  throw new ScoreError(`Cannot accept the scores: ${lines.join("; ")}`);
}
