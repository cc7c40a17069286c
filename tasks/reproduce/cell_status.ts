/**
 * How it stands with the cells of the tables, from how it stands with their stages.
 *
 * @module
 */

import type { Cell, Plan } from "./plan.ts";
import type { StageStatus } from "./resolve_stage.ts";

/** States of a cell. */
export const cellStates = ["done", "missing", "failed", "pending"] as const;

/** State of a cell: `missing` lacks raw files, `pending` has not been run. */
export type CellState = (typeof cellStates)[number];

/** How it stands with a cell. */
export interface CellStatus {
  readonly cell: Cell;
  readonly state: CellState;
  /** The stage that keeps it from being done, and why. */
  readonly cause?: { readonly stage: string; readonly reason: string };
}

/** How it stands with every cell of a plan. */
export function cellStatuses(
  { cells }: Plan,
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

/** The stage at the bottom of why a stage cannot run, with its status: itself if nothing holds it up. */
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
