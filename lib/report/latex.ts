/**
 * Tables as LaTeX with the rules of `booktabs`.
 *
 * @module
 */

import type { ReportDocument } from "./document.ts";
import { allRows, type Cell, cellText, footnoteLetters, type Table } from "./table.ts";

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
 * A `table` float, shrunk to the width of the text if it is wider. Needs `\usepackage{booktabs}`, for
 * wide tables `\usepackage{graphicx}`, and UTF-8 input.
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
