/**
 * Tables and texts as Markdown (GitHub's dialect).
 *
 * @module
 */

import type { DatasetSection, ReportDocument } from "./document.ts";
import type { Figure } from "./svg.ts";
import { allRows, type Cell, cellText, footnoteLetters, type Table } from "./table.ts";

/**
 * A whole report.
 *
 * @param figurePath Path of a figure's file, relative to the document.
 */

export function renderMarkdown(
  document: ReportDocument,
  figurePath: (figure: Figure) => string,
): string {
  const figures = (figures: readonly Figure[]) =>
    figures.map((figure) => `![${escapeMarkdown(figure.description)}](${figurePath(figure)})\n`);
  const section = (title: string, content: readonly string[]) =>
    content.length === 0 ? [] : [`## ${title}\n`, ...content];
  return [
    `# ${escapeMarkdown(document.title)}\n`,
    ...document.findings.map((finding) => `${escapeMarkdown(finding)}.\n`),
    ...document.overview.map((table) => renderMarkdownTable(table)),
    ...document.datasets.flatMap((dataset) => datasetMarkdown(dataset, figures(dataset.figures))),
    ...section("Decoder depth", figures(document.decoderDepth)),
    ...section("Training curves", figures(document.training)),
    ...section("Health of the runs", figures(document.health)),
    ...section("Reconstructions", figures(document.galleries)),
    renderMarkdownTable(document.provenance),
    ...(document.cells === undefined ? [] : [renderMarkdownTable(document.cells)]),
    ...(document.skipped === undefined ? [] : [renderMarkdownTable(document.skipped)]),
  ].join("\n");
}

function datasetMarkdown(section: DatasetSection, figures: readonly string[]): readonly string[] {
  const texts = section.remarks.map((remark) => `${escapeMarkdown(remark)}.\n`);
  const notes = section.notes.map((note) => `- ${escapeMarkdown(note)}`);
  return [
    renderMarkdownTable(section.scores),
    ...texts,
    ...figures,
    ...(notes.length === 0 ? [] : [`About the data:\n\n${notes.join("\n")}\n`]),
    renderMarkdownTable(section.settingsTable, { level: 3 }),
  ];
}

/**
 * Escapes a text so that Markdown shows it as it is, on one line.
 *
 * Line ends become spaces: a table row must stay on its line.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n\t\u2028\u2029]+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~#$]/g, "\\$&");
}

/** Options of {@linkcode renderMarkdownTable}. */
export interface MarkdownTableOptions {
  /** Level of the heading; 2 by default. */
  readonly level?: number;
}

/** A table with a heading, its caption and its footnotes. */
export function renderMarkdownTable(table: Table, options: MarkdownTableOptions = {}): string {
  const letters = footnoteLetters(table);
  const header = table.columns.map(({ title }) => escapeMarkdown(title));
  const body = allRows(table).map((row) => row.map((cell) => markdownCell(cell, letters)));
  const widths = header.map((title, i) =>
    Math.max(3, width(title), ...body.map((row) => width(row[i]!)))
  );
  const rule = table.columns.map(({ align }, i) =>
    align === "right" ? "-".repeat(widths[i]! - 1) + ":" : "-".repeat(widths[i]!)
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => pad(cell, widths[i]!, table.columns[i]!.align)).join(" | ")} |`;
  const notes = [...letters].map(([note, letter]) =>
    `<sup>${letter}</sup> ${escapeMarkdown(note)}`
  );
  return [
    `${"#".repeat(options.level ?? 2)} ${escapeMarkdown(table.title)}`,
    "",
    [line(header), line(rule), ...body.map(line)].join("\n"),
    ...(table.caption === "" ? [] : ["", escapeMarkdown(table.caption) + "."]),
    ...(notes.length === 0 ? [] : ["", notes.join("  \n")]),
    "",
  ].join("\n");
}

function markdownCell(cell: Cell, letters: ReadonlyMap<string, string>): string {
  const text = escapeMarkdown(cellText(cell));
  const letter = cell.note === undefined ? undefined : letters.get(cell.note);
  return (cell.best ? `**${text}**` : text) + (letter === undefined ? "" : ` <sup>${letter}</sup>`);
}

/** Number of characters that a reader sees. */
function width(text: string): number {
  return [...text].length;
}

function pad(text: string, size: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, size - width(text)));
  return align === "right" ? space + text : text + space;
}
