/**
 * How it stands with the cells of the tables, from how it stands with their stages.
 *
 * @module
 */

import { formatCount, formatTable, type Style } from "../../lib/terminal/mod.ts";
import type { GridCell, GridPlan } from "./plan.ts";
import type { StageStatus } from "./resolve_stage.ts";

/** States of a cell. */
export const cellStates = ["done", "missing", "failed", "pending"] as const;

/** State of a cell: `missing` lacks raw files, `pending` has not been run. */
export type CellState = (typeof cellStates)[number];

/** How it stands with a cell. */
export interface CellStatus {
  readonly cell: GridCell;
  readonly state: CellState;
  /** The stage that keeps it from being done, and why. */
  readonly cause?: { readonly stage: string; readonly reason: string };
}

/** How it stands with every cell of a plan. */
export function cellStatuses(
  { cells }: GridPlan,
  statuses: ReadonlyMap<string, StageStatus>,
): readonly CellStatus[] {
  return cells.map((cell): CellStatus => {
    const open = cell.stages.map((id) => rootOf(id, statuses))
      .filter(({ status }) => status?.state !== "done");
    // What cannot be helped by waiting is told before what can.
    const order = ["failed", "missing"];
    const first = order.flatMap((state) => open.filter(({ status }) => status?.state === state))
      .concat(open)[0];
    if (first === undefined) return { cell, state: "done" };
    const { id: stage, status } = first;
    if (status?.state === "failed") {
      return { cell, state: "failed", cause: { stage, reason: status.failure.message } };
    }
    if (status?.state === "missing") {
      return { cell, state: "missing", cause: { stage, reason: status.how } };
    }
    return { cell, state: "pending" };
  });
}

/**
 * The stage at the bottom of why a stage cannot run, with its status: itself if nothing holds it
 * up.
 */
export function rootOf(
  id: string,
  statuses: ReadonlyMap<string, StageStatus>,
): { readonly id: string; readonly status: StageStatus | undefined } {
  let status = statuses.get(id);
  while (status?.state === "blocked") {
    id = status.by;
    status = statuses.get(id);
  }
  return { id, status };
}

/** Number of cells in each state. */
export function countStates(statuses: readonly CellStatus[]): Readonly<Record<CellState, number>> {
  const counts = { done: 0, missing: 0, failed: 0, pending: 0 };
  for (const { state } of statuses) counts[state]++;
  return counts;
}

/** One line on all cells, such as `12 of 20 cells are done, 8 lack raw files`. */
export function summaryLine(statuses: readonly CellStatus[]): string {
  const { done, missing, failed, pending } = countStates(statuses);
  return [
    `${formatCount(done)} of ${formatCount(statuses.length)} cells are done`,
    ...(missing === 0 ? [] : [`${formatCount(missing)} lack raw files`]),
    ...(failed === 0 ? [] : [`${formatCount(failed)} failed`]),
    ...(pending === 0 ? [] : [`${formatCount(pending)} are to be run`]),
  ].join(", ");
}

/** A table of how many cells of every row are in each state. */
export function statusTable(statuses: readonly CellStatus[], style: Style, width: number): string {
  const rows = Map.groupBy(statuses, ({ cell }) => `${cell.table}\n${cell.row}`);
  const titles = ["table", "row", "cells", ...cellStates];
  return formatTable(
    titles.map((title, i) => ({ title, align: i < 2 ? "left" : "right" })),
    [...rows.values()].map((group) => {
      const { table, row } = group[0]!.cell;
      const counts = countStates(group);
      const shown = cellStates.map((state) =>
        counts[state] === 0 ? "" : formatCount(counts[state])
      );
      return [table, row, formatCount(group.length), ...shown];
    }),
    { width, header: style.bold },
  );
}

/** Why cells are not done: each cause once, with how many cells it keeps up. */
export function causeLines(
  statuses: readonly CellStatus[],
  logOf: (stage: string) => string | undefined,
): readonly string[] {
  const causes = new Map<string, { readonly status: CellStatus; cells: number }>();
  for (const status of statuses) {
    if (status.cause === undefined) continue;
    const known = causes.get(status.cause.stage) ?? { status, cells: 0 };
    causes.set(status.cause.stage, { ...known, cells: known.cells + 1 });
  }
  return [...causes].map(([stage, { status: { state, cause }, cells }]) => {
    const kept = `${formatCount(cells)} ${cells === 1 ? "cell" : "cells"}`;
    const log = state === "failed" ? logOf(stage) : undefined;
    const what = state === "missing" ? "Missing raw files" : "Failed";
    return `${what} (${kept}): ${cause!.reason}${log === undefined ? "" : `; see "${log}"`}`;
  });
}

/** How many stages Slurm has in which state, and which of them are running. */
export function queueLines(queue: ReadonlyMap<string, string>): readonly string[] {
  if (queue.size === 0) return [];
  const byState = Map.groupBy(queue, ([, state]) => state);
  const counts = [...byState].map(([state, group]) =>
    `${formatCount(group.length)} ${state.toLowerCase()}`
  );
  const running = (byState.get("RUNNING") ?? []).map(([stage]) => `  ${stage}`);
  return [`In Slurm's queue: ${counts.join(", ")}`, ...running];
}
