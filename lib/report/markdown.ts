/**
 * Tables and texts as Markdown (GitHub's dialect).
 *
 * @module
 */

import { allRows, type Cell, cellText, footnoteLetters, type Table } from "./table.ts";

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

/** A table with a heading, its caption and its footnotes. */
export function renderMarkdownTable(table: Table): string {
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
    `## ${escapeMarkdown(table.title)}`,
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
