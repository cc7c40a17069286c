/**
 * A table as data, before it is written as Markdown, CSV, LaTeX, HTML or text.
 *
 * Texts are plain: each renderer escapes them for its format.
 *
 * @module
 */

import { formatTable, type Style } from "../terminal/mod.ts";
import type { Mark } from "./statistics.ts";

/** What a published number says beside ours. */
export interface PublishedCell {
  /** The number as shown, such as `89.3`; a dash where nothing was published. */
  readonly text: string;
  /** How our number stands to it; absent if that cannot be said. */
  readonly mark?: Mark;
}

/** One cell. */
export interface Cell {
  /** What people read, such as `89.1 ± 0.4`. */
  readonly text: string;
  /** What programs read and what is sorted by: the exact number, or null if there is none. */
  readonly value?: number | string | null;
  /** A smaller second part. */
  readonly detail?: string;
  /** The published number of the cell, where there is one. */
  readonly published?: PublishedCell;
  /** Whether it is the best of its comparison. */
  readonly best?: boolean;
  /** Footnote, such as why there is no number. */
  readonly note?: string;
}

/** Column of a table. */
export interface Column {
  /** Heading of the column. */
  readonly title: string;
  /** Side that the cells are aligned to. */
  readonly align: "left" | "right";
}

/** A table; the first cell of a row is the row's header. */
export interface Table {
  /** Name for links and files: lower-case letters, digits and dashes. */
  readonly id: string;
  /** Heading of the table. */
  readonly title: string;
  /** What the table shows and how to read it. */
  readonly caption: string;
  /** One a cell of every row. */
  readonly columns: readonly Column[];
  /** Cells by row, as many as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that summarise the others, such as averages. */
  readonly summary?: readonly (readonly Cell[])[];
}

/** Shown where there is no number. */
export const dash = "–";

/** A cell without a number; the note says why. */
export function emptyCell(note?: string): Cell {
  return { text: dash, value: null, ...(note === undefined ? {} : { note }) };
}

/** A column of texts. */
export function left(title: string): Column {
  return { title, align: "left" };
}

/** A column of numbers. */
export function right(title: string): Column {
  return { title, align: "right" };
}

/** Symbols of the marks, readable without colour. */
export const markSymbols: Readonly<Record<Mark, string>> = { within: "≈", above: "↑", below: "↓" };

/** What the symbols mean, for captions. */
export const markLegend =
  "Published numbers stand in parentheses: ≈ the published number lies within our 95 % " +
  "confidence interval, ↑ our interval lies above it, ↓ below it";

/** Footnotes of a table in reading order, each once. */
export function footnotes(table: Table): readonly string[] {
  const notes = new Set<string>();
  for (const row of allRows(table)) {
    for (const cell of row) {
      if (cell.note !== undefined) notes.add(cell.note);
    }
  }
  return [...notes];
}

/** Footnotes of a table with the letter by which its cells refer to each. */
export function footnoteLetters(table: Table): ReadonlyMap<string, string> {
  return new Map(footnotes(table).map((note, i) => [note, footnoteLetter(i)]));
}

/** All rows, the summarising ones last. */
export function allRows(table: Table): readonly (readonly Cell[])[] {
  return [...table.rows, ...(table.summary ?? [])];
}

/** The published part of a cell as text, such as `89.3 ≈`. */
export function publishedText(published: PublishedCell): string {
  return published.mark === undefined
    ? published.text
    : `${published.text} ${markSymbols[published.mark]}`;
}

/** A cell's text with its further parts in parentheses. */
export function cellText(cell: Cell): string {
  const parts = [cell.detail, cell.published && publishedText(cell.published)];
  const further = parts.filter((part) => part !== undefined);
  return further.length === 0 ? cell.text : `${cell.text} (${further.join("; ")})`;
}

/** a, b, ... z, aa, ab, ... */
function footnoteLetter(index: number): string {
  const letter = String.fromCharCode(97 + index % 26);
  return index < 26 ? letter : footnoteLetter(Math.floor(index / 26) - 1) + letter;
}

/** A table as text: the best of each comparison is starred, footnotes stand below. */
export function tableText(table: Table, style: Style, width: number): string {
  const letters = footnoteLetters(table);
  const rows = allRows(table).map((row) =>
    row.map((cell) => {
      const note = cell.note === undefined ? "" : ` [${letters.get(cell.note)}]`;
      return `${cellText(cell)}${cell.best ? " *" : ""}${note}`;
    })
  );
  const text = formatTable(table.columns, rows, { width, header: style.bold });
  const notes = [...letters].map(([note, letter]) => `[${letter}] ${note}`);
  return [text, ...notes].join("\n");
}
