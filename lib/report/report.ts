/**
 * Writing a report: from paths of results to tables, pages and figures.
 *
 * @module
 */

import {
  DataError,
  explained,
  join,
  prettyJson,
  UsageError,
  writeFileAtomic,
} from "../util/mod.ts";
import { loadResults } from "./collect.ts";
import { composeReport, figuresOf, type ReportDocument } from "./document.ts";
import { groupRecords } from "./groups.ts";
import { renderHtml } from "./html.ts";
import { renderLatex } from "./latex.ts";
import { renderMarkdown } from "./markdown.ts";
import { publishedNumbers } from "./published.ts";
import type { Results, Skipped } from "./results.ts";
import {
  assertRequirements,
  checkRequirements,
  parseRequirement,
  type RequirementOutcome,
} from "./score_requirement.ts";
import { type Figure, standaloneSvg } from "./svg.ts";
import { allRows, type Cell, type Table } from "./table.ts";
import { paperTheme } from "./theme.ts";

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
   * Scores that must be reached, each as `DATASET/METHOD>=X`: the mean over seeds of the linear probe
   * on z, in the unit of the tables (percent for accuracies, F1 and AUROC).
   */
  readonly require?: readonly string[];
}

/** What was written. */
export interface ReportSummary {
  readonly out: string;
  /** Files below the folder. */
  readonly files: readonly string[];
  /** Result records that the numbers come from. */
  readonly records: number;
  readonly findings: readonly string[];
  /** The report's tables, for showing them in a terminal. */
  readonly document: ReportDocument;
  /** Inputs that gave no result, and why. */
  readonly skipped: readonly Skipped[];
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
 * Reads results and writes the report: a file a format, and every figure as `figures/<name>.svg` on a
 * light background. Everything is rendered before the first file is written, each file is replaced
 * atomically, and the same inputs give the same bytes.
 *
 * @throws {UsageError} If there is no path, or a requirement is malformed or names an unknown method.
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

/** Quotes a field if it holds a comma, a quote, a line end or outer spaces. */
export function escapeCsv(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A table with exact values: numbers with all their digits, an empty field where there is none. */
export function renderCsv(table: Table): string {
  const lines = [
    table.columns.map(({ title }) => title),
    ...allRows(table).map((row) => row.map(fieldOf)),
  ];
  return lines.map((fields) => fields.map(escapeCsv).join(",") + "\n").join("");
}

function fieldOf(cell: Cell): string {
  if (cell.value === undefined) return cell.text;
  return cell.value === null ? "" : String(cell.value);
}

/** Version of the format that this code writes. */
export const reportVersion = 1;

/**
 * Renders a report: `results` and `provenance` hold one object a row with exact values (null where
 * there is none), `tables` the tables as people read them, `cells` how it stands with
 * the cells of a grid, `published` every published number.
 */
export function renderJson(document: ReportDocument): string {
  return prettyJson({
    schema: "metamae/report",
    version: reportVersion,
    title: document.title,
    findings: document.findings,
    results: rowObjects(document.results),
    tables: [...document.overview, ...document.datasets.map(({ scores }) => scores)],
    notes: Object.fromEntries(document.datasets.map(({ title, notes }) => [title, notes])),
    provenance: rowObjects(document.provenance),
    cells: document.cells === undefined ? [] : rowObjects(document.cells),
    skipped: document.skipped === undefined ? [] : rowObjects(document.skipped),
    published: publishedNumbers,
  });
}

function rowObjects(table: Table): readonly Record<string, unknown>[] {
  return allRows(table).map((row) =>
    Object.fromEntries(
      row.map((cell, i) => [
        table.columns[i]!.title,
        cell.value === undefined ? cell.text : cell.value,
      ]),
    )
  );
}
