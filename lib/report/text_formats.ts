/**
 * Reports and tables as text: Markdown (GitHub's dialect), LaTeX with the rules of `booktabs`, CSV
 * (RFC 4180, with plain line feeds) and JSON.
 *
 * @module
 */

import { prettyJson } from "../util/mod.ts";
import type { Figure } from "./charts.ts";
import type { DatasetSection, ReportDocument } from "./document.ts";
import { publishedNumbers } from "./published.ts";
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

/** Characters that LaTeX reads as commands, or that common fonts lack in text. */
const replacements: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "$": "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  "_": "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  // After the end of a row these would be read as its options.
  "[": "{[}",
  "]": "{]}",
  "*": "{*}",
  "±": "$\\pm$",
  "−": "$-$",
  "≈": "$\\approx$",
  "↑": "$\\uparrow$",
  "↓": "$\\downarrow$",
  "→": "$\\rightarrow$",
  "Δ": "$\\Delta$",
  "ρ": "$\\rho$",
  "×": "$\\times$",
  "·": "$\\cdot$",
  "†": "\\textdagger{}",
  "–": "--",
  "—": "---",
  "…": "\\ldots{}",
  "\u00a0": "~",
};

/** Escapes a text so that LaTeX prints it as it is; line ends become spaces. */
export function escapeLatex(text: string): string {
  const line = text.replace(/[\r\n\t\u2028\u2029]+/g, " ");
  return [...line].map((character) =>
    Object.hasOwn(replacements, character) ? replacements[character]! : character
  ).join("");
}

/** The tables of a report, to be included in a document. */
export function renderLatex(document: ReportDocument): string {
  const tables = [...document.overview, ...document.datasets.map(({ scores }) => scores)];
  return "% Needs \\usepackage{booktabs} and, for wide tables, \\usepackage{graphicx}\n\n" +
    tables.map(renderLatexTable).join("\n");
}

/** Most characters of a row that fit between the margins of a page. */
const mostCharacters = 95;

/**
 * A `table` float, shrunk to the width of the text if it is wider. Needs `\usepackage{booktabs}`,
 * for wide tables `\usepackage{graphicx}`, and UTF-8 input.
 */
export function renderLatexTable(table: Table): string {
  const letters = footnoteLetters(table);
  const columns = table.columns.map(({ align }) => align === "right" ? "r" : "l").join("");
  const line = (cells: readonly string[]) => `    ${cells.join(" & ")} \\\\`;
  const body = (rows: readonly (readonly Cell[])[]) =>
    rows.map((row) => line(row.map((cell) => latexCell(cell, letters))));
  const summary = body(table.summary ?? []);
  const notes = [...letters].map(([note, letter]) =>
    `  \\par\\footnotesize\\textsuperscript{${letter}}~${escapeLatex(note)}.`
  );
  const caption = [table.title, table.caption].filter((part) => part !== "").join(". ");
  const isWide = textWidth(table) > mostCharacters;
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escapeLatex(caption)}.}`,
    `  \\label{tab:${table.id}}`,
    ...(isWide ? ["  \\resizebox{\\textwidth}{!}{"] : []),
    `  \\begin{tabular}{${columns}}`,
    "    \\toprule",
    line(table.columns.map(({ title }) => escapeLatex(title))),
    "    \\midrule",
    ...body(table.rows),
    ...(summary.length === 0 ? [] : ["    \\midrule", ...summary]),
    "    \\bottomrule",
    isWide ? "  \\end{tabular}}" : "  \\end{tabular}",
    ...notes,
    "\\end{table}",
    "",
  ].join("\n");
}

/** Characters of the widest cell of every column, with the space between columns. */
function textWidth(table: Table): number {
  const widths = table.columns.map(({ title }, i) =>
    Math.max(title.length, ...allRows(table).map((row) => cellText(row[i]!).length))
  );
  return widths.reduce((sum, width) => sum + width + 2, 0);
}

function latexCell(cell: Cell, letters: ReadonlyMap<string, string>): string {
  const text = escapeLatex(cellText(cell));
  const letter = cell.note === undefined ? undefined : letters.get(cell.note);
  const best = cell.best ? `\\textbf{${text}}` : text;
  return letter === undefined ? best : `${best}\\textsuperscript{${letter}}`;
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
