/**
 * A process that does some stages of a grid, one after another, and ends with the code of the first
 * that fails. It is started by the executors, with an order as its only argument, or with the file
 * of orders and the number of its own.
 *
 * @module
 */

import type { BackendName } from "../../lib/spec/mod.ts";
import { datasets } from "../../lib/datasets/mod.ts";
import { exitNow } from "../../lib/engine/mod.ts";
import { failureText, listenForStop } from "../../lib/terminal/mod.ts";
import { AppError, fromFileUrl } from "../../lib/util/mod.ts";
import { performStage } from "./perform_stage.ts";
import { type GridOptions, planGrid } from "./plan.ts";
import { recipes } from "./recipes.ts";
import { codeVersions, type Grid, resolveStage, type StageStatus } from "./resolve_stage.ts";
import { inspectPlan } from "./schedule.ts";
import { createWorkspace } from "./workspace.ts";
import { writeTables } from "./write_tables.ts";

/** What a process is to do. */
export interface StageOrder {
  /** What the grid was planned from: the same options give the same stages. */
  readonly plan: GridOptions;
  readonly out: string;
  readonly raw: string | undefined;
  readonly backend: BackendName;
  /** Ids of the stages, in order. */
  readonly stages: readonly string[];
  /**
   * Whether the process ends when its standard input does, as it does with the process that started
   * it.
   */
  readonly leashed?: boolean;
  /** Whether the tables are written at the end. */
  readonly report?: boolean;
}

/** Permissions of the process: those of the command line's longest list. */
export const stagePermissions: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys=cpus,systemMemoryInfo",
];

/** Arguments of Deno that start the process. */
export function stageProcessArguments(order: StageOrder | readonly string[]): string[] {
  const root = new URL("../../", import.meta.url);
  return [
    ...["run", "--quiet", "--no-prompt", "--config", fromFileUrl(new URL("deno.json", root))],
    ...stagePermissions,
    fromFileUrl(import.meta.url),
    ...(Array.isArray(order) ? order : [JSON.stringify(order)]),
  ];
}

/** Does the stages of an order and returns the exit code. */
export async function obey(order: StageOrder): Promise<number> {
  const { out, raw, backend } = order;
  const plan = planGrid(recipes, order.plan);
  const workspace = createWorkspace(out);
  const grid: Grid = { plan, workspace, raw, backend, datasets, code: codeVersions(backend) };
  const statuses = new Map<string, StageStatus>();
  for (const stage of plan.stages.values()) {
    const isOrdered = order.stages.includes(stage.id);
    if (!isOrdered && !isNeeded(plan.stages, order.stages, stage.id)) continue;
    const status = await resolveStage(grid, stage, statuses, { trustRaw: !isOrdered });
    statuses.set(stage.id, status);
    if (!isOrdered || status.state === "done") continue;
    console.error(`== ${stage.id}`);
    try {
      const record = await doStage(grid, stage.id, status);
      statuses.set(stage.id, { state: "done", record });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { exitCode, message, hint, stack } = error;
      console.error(failureText({ exitCode, message, hint, stack }, exitCode === 1).trimEnd());
      return exitCode;
    }
  }
  if (order.report) await writeTables(grid, await inspectPlan(grid));
  return 0;
}

/** Whether some of the ordered stages builds on a stage. */
function isNeeded(stages: Grid["plan"]["stages"], ordered: readonly string[], id: string): boolean {
  return ordered.some((other) => {
    const { after } = stages.get(other)!;
    return after.includes(id) || isNeeded(stages, after, id);
  });
}

async function doStage(grid: Grid, id: string, status: StageStatus) {
  if (status.state !== "ready") {
    const reason = status.state === "missing" ? status.how : `"${blockOf(status)}" is not done`;
    throw new AppError(7, `Cannot do "${id}": ${reason}`);
  }
  // Pretraining listens to signals itself, to make a checkpoint first.
  using stop = status.stage.settings.kind === "pretrain"
    ? { signal: new AbortController().signal, [Symbol.dispose]: () => {} }
    : listenForStop(`"${id}" is not done`);
  let noted = performance.now();
  return await performStage(grid, status, {
    backend: grid.backend,
    note: (message) => console.error(message),
    warn: (message) => console.error(`Warning: ${message}`),
    progress: (done, total, unit) => {
      if (performance.now() - noted < 10_000) return;
      noted = performance.now();
      console.error(total === undefined ? `${done} ${unit}` : `${done}/${total} ${unit}`);
    },
    signal: stop.signal,
  });
}

function blockOf(status: StageStatus): string {
  return status.state === "blocked" ? status.by : "something before it";
}

/** Ends the process as soon as its standard input ends. */
async function endWithInput(): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null);
  exitNow(143);
}

if (import.meta.main) {
  const [first, number] = Deno.args as [string, string?];
  const order: StageOrder = number === undefined
    ? JSON.parse(first)
    : JSON.parse(await Deno.readTextFile(first))[Number(number)];
  if (order.leashed) endWithInput();
  Deno.exit(await obey(order));
}
