/**
 * Runs the stages of a plan, each once all that it builds on is done, and goes on where one fails.
 *
 * @module
 */

import { isStop } from "./perform_stage.ts";
import { type Grid, type ReadyStage, resolveStage, type StageStatus } from "./resolve_stage.ts";
import type { Stage } from "./stage.ts";

/** Does a stage; the outcome stands in the workspace afterwards. */
export type StageStarter = (ready: ReadyStage) => Promise<void>;

/** Options of {@linkcode runPlan}. */
export interface RunPlanOptions {
  /** Stages that may run at once. */
  readonly jobs: number;
  /** Called when a stage starts, and when it is settled one way or another. */
  readonly onStage: (stage: Stage, status: StageStatus, settled: number) => void;
  /** Once aborted, no further stage starts. */
  readonly signal: AbortSignal;
}

/**
 * Runs a plan to its end. Of the stages that can run, the first of the plan is taken.
 *
 * @returns How it stands with every stage.
 * @throws {AppError} If the user stopped the program.
 */
export async function runPlan(
  grid: Grid,
  start: StageStarter,
  { jobs, onStage, signal }: RunPlanOptions,
): Promise<ReadonlyMap<string, StageStatus>> {
  const stages = [...grid.plan.stages.values()];
  const place = new Map(stages.map(({ id }, i) => [id, i]));
  const builtOn = new Map<string, Stage[]>(stages.map(({ id }) => [id, []]));
  const open = new Map<string, number>();
  for (const stage of stages) {
    const after = new Set(stage.after);
    open.set(stage.id, after.size);
    for (const id of after) builtOn.get(id)!.push(stage);
  }
  const queue = stages.filter(({ after }) => after.length === 0);
  const statuses = new Map<string, StageStatus>();
  const running = new Map<string, Promise<void>>();
  let stopped: unknown;

  const settle = (stage: Stage, status: StageStatus) => {
    statuses.set(stage.id, status);
    onStage(stage, status, statuses.size);
    for (const next of builtOn.get(stage.id)!) {
      const left = open.get(next.id)! - 1;
      open.set(next.id, left);
      if (left === 0) queue.push(next);
    }
    queue.sort((a, b) => place.get(a.id)! - place.get(b.id)!);
  };
  const run = async (ready: ReadyStage) => {
    const { stage } = ready;
    try {
      onStage(stage, ready, statuses.size);
      await start(ready);
    } catch (error) {
      if (isStop(error)) stopped ??= error;
    }
    const outcome = await outcomeOf(grid, stage, statuses);
    // Not before: with nothing queued or running, the plan would count as finished.
    running.delete(stage.id);
    settle(stage, outcome);
  };

  while (queue.length > 0 || running.size > 0) {
    while (queue.length > 0 && running.size < jobs && stopped === undefined) {
      if (signal.aborted) {
        stopped = signal.reason;
        break;
      }
      const stage = queue.shift()!;
      const status = await resolveStage(grid, stage, statuses);
      if (status.state === "ready") running.set(stage.id, run(status));
      else settle(stage, status);
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (stopped !== undefined) throw stopped;
  }
  if (stopped !== undefined) throw stopped;
  return statuses;
}

/**
 * How it stands with every stage, without doing or reading much: raw files are not read.
 */
export async function inspectPlan(grid: Grid): Promise<ReadonlyMap<string, StageStatus>> {
  const statuses = new Map<string, StageStatus>();
  for (const stage of grid.plan.stages.values()) {
    statuses.set(stage.id, await outcomeOf(grid, stage, statuses));
  }
  return statuses;
}

/** The status of a stage that perhaps could run, but failed when it was last tried. */
async function outcomeOf(
  grid: Grid,
  stage: Stage,
  known: ReadonlyMap<string, StageStatus>,
): Promise<StageStatus> {
  const status = await resolveStage(grid, stage, known, { trustRaw: true });
  if (status.state === "blocked" || status.state === "missing") return status;
  const failure = await grid.workspace.failure(stage);
  if (failure === undefined) return status;
  return failure.missingRaw
    ? { state: "missing", how: [failure.message, failure.hint ?? []].flat().join("; ") }
    : { state: "failed", failure };
}
