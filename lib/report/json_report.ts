/**
 * A report as one JSON document.
 *
 * @module
 */

import { prettyJson } from "../util/mod.ts";
import type { ReportDocument } from "./document.ts";
import { publishedNumbers } from "./published.ts";
import { allRows, type Table } from "./table.ts";

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
