/**
 * Tables of the report in a terminal.
 *
 * @module
 */

import { allRows, cellText, footnoteLetters, type Table } from "./table.ts";
import { formatTable, type Style } from "../terminal/mod.ts";

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
