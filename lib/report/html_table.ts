/**
 * Tables as HTML.
 *
 * @module
 */

import { escapeXml } from "./escape_xml.ts";
import type { Mark } from "./statistics.ts";
import { type Cell, type Column, footnoteLetters, markSymbols, type Table } from "./table.ts";

/** Options of {@linkcode renderHtmlTable}. */
export interface HtmlTableOptions {
  /** Level of the heading; 0 leaves it out, and the title names the table for screen readers only. */
  readonly level: 0 | 2 | 3;
}

const markTitles: Readonly<Record<Mark, string>> = {
  within: "the published number lies within our 95 % confidence interval",
  above: "our 95 % confidence interval lies above the published number",
  below: "our 95 % confidence interval lies below the published number",
};

/** A table with its heading, caption and footnotes; the page's script makes it sortable. */
export function renderHtmlTable(table: Table, options: HtmlTableOptions): string {
  const letters = footnoteLetters(table);
  const { level } = options;
  const id = escapeXml(table.id);
  const title = escapeXml(table.title);
  const heading = level === 0 ? "" : `<h${level} id="${id}">${title}</h${level}>`;
  const head = table.columns.map((column) =>
    `<th scope="col"${classes(column)}>${escapeXml(column.title)}</th>`
  );
  const row = (cells: readonly Cell[]) =>
    `<tr>${cells.map((cell, i) => htmlCell(cell, i, table, letters)).join("")}</tr>`;
  const body = table.rows.map(row).join("\n");
  const summary = table.summary ?? [];
  const foot = summary.length === 0 ? "" : `<tfoot>${summary.map(row).join("\n")}</tfoot>`;
  const caption = table.caption === "" ? "" : `<p class="caption">${escapeXml(table.caption)}.</p>`;
  const notes = [...letters].map(([note, letter]) =>
    `<li id="${id}-${letter}"><sup>${letter}</sup> ${escapeXml(note)}</li>`
  );
  return `${heading}<div class="scroll" role="region" aria-label="${title}" tabindex="0">` +
    `<table><thead><tr>${head.join("")}</tr></thead>\n<tbody>${body}</tbody>${foot}</table></div>` +
    caption + (notes.length === 0 ? "" : `<ul class="notes">${notes.join("")}</ul>`);
}

function htmlCell(
  cell: Cell,
  index: number,
  table: Table,
  letters: ReadonlyMap<string, string>,
): string {
  const text = escapeXml(cell.text);
  const letter = cell.note === undefined ? undefined : letters.get(cell.note);
  const reference = letter === undefined
    ? ""
    : `<sup><a href="#${
      escapeXml(table.id)
    }-${letter}" aria-label="note ${letter}">${letter}</a></sup>`;
  const detail = cell.detail === undefined ? "" : ` <small>${escapeXml(cell.detail)}</small>`;
  const contents = (cell.best ? `<strong>${text}</strong>` : text) + reference + detail +
    publishedHtml(cell);
  if (index === 0) return `<th scope="row">${contents}</th>`;
  const value = cell.value === undefined ? cell.text : cell.value ?? "";
  return `<td${classes(table.columns[index]!, cell.value === null)} data-value="${
    escapeXml(String(value))
  }">` +
    `${contents}</td>`;
}

function publishedHtml({ published }: Cell): string {
  if (published === undefined) return "";
  const { text, mark } = published;
  const symbol = mark === undefined
    ? ""
    : ` <span class="${mark}" role="img" aria-label="${markTitles[mark]}" ` +
      `title="${markTitles[mark]}">${markSymbols[mark]}</span>`;
  return ` <small>(${escapeXml(text)}${symbol})</small>`;
}

function classes({ align }: Column, isEmpty = false): string {
  const names = [...(align === "right" ? ["number"] : []), ...(isEmpty ? ["empty"] : [])];
  return names.length === 0 ? "" : ` class="${names.join(" ")}"`;
}
