/**
 * The cells of a planned grid: which are done, and why others are not.
 *
 * @module
 */

import type { MissingCell } from "./build_table.ts";
import type { PlannedCell } from "./results.ts";
import { type Cell, dash, type Table } from "./table.ts";
import { datasetTitle, methodTitle } from "./titles.ts";

/** Why a cell without a result has none, in a few words; undefined if it was not planned. */
export function whyMissing(
  cells: readonly PlannedCell[],
): (cell: MissingCell) => string | undefined {
  return ({ pretrain, datasets, variant, method, decoderLayers }) => {
    const own = cells.filter((cell) =>
      cell.pretrain === pretrain && datasets.includes(cell.dataset) && cell.variant === variant &&
      cell.method === method &&
      (decoderLayers === undefined || cell.decoderLayers === undefined ||
        cell.decoderLayers === decoderLayers)
    );
    const failed = own.find(({ state }) => state === "failed");
    if (failed !== undefined) return `it failed: ${failed.reason ?? "for no recorded reason"}`;
    const missing = own.find(({ state }) => state === "missing");
    if (missing !== undefined) {
      return `the raw files of ${datasetTitle(missing.lacking ?? missing.dataset)} are missing`;
    }
    return own.some(({ state }) => state === "pending") ? "it has not been run" : undefined;
  };
}

/** All cells: one row a table, row, data set and method, over the seeds. */
export function cellsTable(cells: readonly PlannedCell[]): Table {
  const alike = Map.groupBy(cells, (cell) => {
    const { table, row, dataset, variant, method, backbone, decoderLayers = "" } = cell;
    return [table, row, dataset, variant, method, backbone, decoderLayers].join("\n");
  });
  const left = (title: string) => ({ title, align: "left" as const });
  return {
    id: "cells",
    title: "Cells of the grid",
    caption: "",
    columns: [
      ...["Table", "Row", "Evaluated on", "Method", "Backbone", "State"].map(left),
      { title: "Seeds done", align: "right" },
      left("Reason"),
    ],
    rows: [...alike.values()].map((seeds) => {
      const first = seeds[0]!;
      const open = seeds.find(({ state }) => state !== "done");
      const done = seeds.filter(({ state }) => state === "done").length;
      const depth = first.decoderLayers === undefined ? "" : `, ${first.decoderLayers} layers`;
      return [
        { text: first.table },
        { text: first.row },
        { text: `${datasetTitle(first.dataset)} (${first.variant})` },
        { text: methodTitle(first.method) + depth },
        { text: first.backbone },
        { text: open?.state ?? "done" },
        { text: `${done} of ${seeds.length}`, value: done },
        reasonCell(open),
      ];
    }),
  };
}

function reasonCell(cell: PlannedCell | undefined): Cell {
  return cell?.reason === undefined ? { text: dash, value: null } : { text: cell.reason };
}
