/**
 * The report of a grid: its tables, from the records of the stages that are done.
 *
 * @module
 */

import { gridCells } from "../../lib/documents/mod.ts";
import { type ReportSummary, writeReport } from "../../lib/report/mod.ts";
import { disk } from "../../lib/util/mod.ts";
import { type CellStatus, cellStatuses } from "./cell_status.ts";
import type { Grid, StageStatus } from "./resolve_stage.ts";

/** What was written. */
export interface GridReport {
  readonly cells: readonly CellStatus[];
  /** Path of the page. */
  readonly page: string;
  readonly summary: ReportSummary;
}

/**
 * Writes how it stands with every cell, and the report of what is done.
 *
 * The same records give the same bytes, however often and in which order the stages were run.
 *
 * @throws {StorageError} If it cannot be written.
 */
export async function writeTables(
  { plan, workspace }: Grid,
  statuses: ReadonlyMap<string, StageStatus>,
): Promise<GridReport> {
  const cells = cellStatuses(plan, statuses);
  const grid = workspace.path("grid.json");
  await disk.makeFolder(workspace.root);
  await gridCells.write(grid, gridDocument(cells, plan.stages));
  const out = workspace.path("report");
  const paths = [...plan.stages.values()].flatMap(({ id, settings }) => {
    const status = statuses.get(id);
    if (status?.state !== "done") return [];
    const isShown = settings.kind === "probe" || settings.kind === "pretrain" ||
      (settings.kind === "adapt" && settings.gallery > 0);
    return isShown ? [workspace.path(status.record.output)] : [];
  });
  const summary = await writeReport({ paths: [grid, ...paths], out });
  return { cells, page: `${out}/index.html`, summary };
}

function gridDocument(cells: readonly CellStatus[], stages: Grid["plan"]["stages"]) {
  return gridCells.make({
    cells: cells.map(({ cell: { stages: _, ...cell }, state, cause }) => {
      const blocking = cause === undefined ? undefined : stages.get(cause.stage)?.settings;
      const lacking = state === "missing" && blocking?.kind === "tokenize"
        ? { lacking: blocking.dataset }
        : {};
      return { ...cell, state, ...(cause && { reason: cause.reason }), ...lacking };
    }),
  });
}
