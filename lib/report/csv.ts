/**
 * Tables as comma-separated values (RFC 4180, with plain line feeds).
 *
 * @module
 */

import { allRows, type Cell, type Table } from "./table.ts";

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
