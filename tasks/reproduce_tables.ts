/**
 * Rebuilds the published tables: a grid of data sets, methods and seeds that can be stopped and
 * gone on with anywhere.
 *
 * @module
 */

import { datasets } from "../lib/datasets/mod.ts";
import { tableText } from "../lib/report/mod.ts";
import {
  createOutput,
  describeFailure,
  failureJson,
  failureText,
  listenForStop,
  type Output,
  type Sink,
  standardSink,
} from "../lib/terminal/mod.ts";
import { disk, lockFolder, resolve } from "../lib/util/mod.ts";
import { type CellStatus, cellStatuses, rootOf } from "./reproduce/cell_status.ts";
import { dryRun, dryRunText } from "./reproduce/dry_run.ts";
import {
  causeLines,
  countStates,
  queueLines,
  statusTable,
  summaryLine,
} from "./reproduce/cell_status.ts";
import { inProcess, inProcesses } from "./reproduce/local_executor.ts";
import { helpText, parseOptions, type ReproduceOptions } from "./reproduce/options.ts";
import { planGrid } from "./reproduce/plan.ts";
import { recipes } from "./reproduce/recipes.ts";
import { codeVersions, type Grid, type StageStatus } from "./reproduce/resolve_stage.ts";
import { scales } from "./reproduce/scale.ts";
import { inspectPlan, runPlan } from "./reproduce/schedule.ts";
import { queueStates, submitGrid } from "./reproduce/slurm_executor.ts";
import type { Submittable } from "./reproduce/slurm_arrays.ts";
import { createWorkspace } from "./reproduce/workspace.ts";
import { writeTables } from "./reproduce/write_tables.ts";

/** Where the task writes; the process's streams unless a test says otherwise. */
export interface TaskStreams {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** Runs the task and returns the exit code. */
export async function main(
  args: readonly string[],
  streams: TaskStreams = { stdout: standardSink(Deno.stdout), stderr: standardSink(Deno.stderr) },
): Promise<number> {
  const { stdout, stderr } = streams;
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      stdout.write(helpText);
      return 0;
    }
    const { json, quiet } = options;
    const environment = (name: string) => Deno.env.get(name);
    return await reproduce(options, createOutput(stdout, stderr, { json, quiet, environment }));
  } catch (error) {
    const failure = describeFailure(error);
    const text = args.includes("--json") ? failureJson(failure) : failureText(failure, false);
    stderr.write(text);
    return failure.exitCode;
  }
}

async function reproduce(options: ReproduceOptions, output: Output): Promise<number> {
  const { backend, action } = options;
  const grid: Grid = {
    plan: planGrid(recipes, options),
    workspace: createWorkspace(resolve(options.out)),
    raw: options.raw === undefined ? undefined : resolve(options.raw),
    backend,
    code: codeVersions(backend),
    datasets,
  };
  if (action === "status") return await showStatus(grid, output);
  if (action === "dry-run") return await showPlan(grid, options, output);
  return options.executor === "slurm"
    ? await submit(grid, options, output)
    : await runLocally(grid, options, output);
}

async function submit(grid: Grid, options: ReproduceOptions, output: Output): Promise<number> {
  const { plan, workspace } = grid;
  const { jobs, slurm } = options;
  await disk.makeFolder(workspace.root);
  const statuses = await inspectPlan(grid);
  const stateOf = (id: string): Submittable => {
    const { id: root, status } = rootOf(id, statuses);
    if (status?.state === "missing") return "impossible";
    return status?.state === "done" && root === id ? "done" : "open";
  };
  const order = { ...orderOf(options, grid), leashed: false };
  const submitted = await submitGrid(plan, workspace, stateOf, { order, jobs, options: slurm });
  const { arrays, elements, report } = submitted;
  output.result(
    { schema: "metamae/grid-submission", version: 1, ...submitted },
    () =>
      `Submitted ${elements} elements of ${arrays} job arrays; job ${report} writes the tables ` +
      "when all have ended. --status shows how it stands; run it again to submit what failed",
  );
  return 0;
}

async function showStatus(grid: Grid, output: Output): Promise<number> {
  const cells = cellStatuses(grid.plan, await inspectPlan(grid));
  const queue = await queueStates(grid.workspace);
  output.result({ ...statusDocument(cells), queue: Object.fromEntries(queue) }, () =>
    [
      statusTable(cells, output.style, output.width),
      "",
      ...causeLines(cells, grid.workspace.logOf),
      ...queueLines(queue),
      summaryLine(cells),
    ].join("\n"));
  return 0;
}

async function showPlan(
  grid: Grid,
  { executor }: ReproduceOptions,
  output: Output,
): Promise<number> {
  const statuses = await inspectPlan(grid);
  const run = await dryRun(grid, recipes, statuses, {
    onThisMachine: executor === "local",
    note: output.note,
  });
  const cells = cellStatuses(grid.plan, statuses);
  const { costs, ...rest } = run;
  output.result({
    schema: "metamae/grid-plan",
    version: 1,
    ...rest,
    costs: costs.map(({ stage: { id, settings }, step: _, ...cost }) => {
      return { stage: id, settings, ...cost };
    }),
    cells: statusDocument(cells).cells,
  }, () =>
    [
      dryRunText(run, output.style),
      ...causeLines(cells, grid.workspace.logOf),
      summaryLine(cells),
    ].join("\n"));
  return 0;
}

async function runLocally(grid: Grid, options: ReproduceOptions, output: Output): Promise<number> {
  const { plan, workspace } = grid;
  const { jobs = 1 } = options;
  await disk.makeFolder(workspace.root);
  const lock = await lockFolder(workspace.root, `Cannot reproduce tables in "${workspace.root}"`);
  try {
    const isInProcess = scales[plan.scale].inProcess && jobs === 1;
    using stop = isInProcess ? undefined : listenForStop("run it again to go on");
    const signal = stop?.signal ?? new AbortController().signal;
    const start = isInProcess
      ? inProcess(grid)
      : inProcesses(grid, orderOf(options, grid), { jobs, signal });
    const progress = output.progress("reproduce-tables", "stages");
    const statuses = await runPlan(grid, start, {
      jobs,
      signal,
      onStage: (stage, status, settled) => {
        if (status.state === "failed") {
          output.warn(`"${stage.name}" failed: ${status.failure.message}`);
        }
        progress.update({ done: settled, total: plan.stages.size });
      },
    }).finally(progress.finish);
    return await finish(grid, statuses, output);
  } finally {
    await lock.release();
  }
}

function orderOf({ table, datasets, methods, seeds, scale }: ReproduceOptions, grid: Grid) {
  return {
    plan: { table, datasets, methods, seeds, scale },
    out: grid.workspace.root,
    raw: grid.raw,
    backend: grid.backend,
    leashed: true,
  };
}

async function finish(
  grid: Grid,
  statuses: ReadonlyMap<string, StageStatus>,
  output: Output,
): Promise<number> {
  const { cells, page, summary } = await writeTables(grid, statuses);
  output.result(
    { ...statusDocument(cells), report: summary.out, findings: summary.findings },
    () =>
      [
        ...summary.document.overview.flatMap((table) => [
          output.style.bold(table.title),
          tableText(table, output.style, output.width),
          "",
        ]),
        ...summary.findings,
        ...causeLines(cells, grid.workspace.logOf),
        summaryLine(cells),
        `Read "${page}"`,
      ].join("\n"),
  );
  return exitCodeOf(cells, statuses);
}

/**
 * 0 if everything that could run is done; else the code of the first failure, or 7 if nothing could
 * run.
 */
function exitCodeOf(
  cells: readonly CellStatus[],
  statuses: ReadonlyMap<string, StageStatus>,
): number {
  for (const status of statuses.values()) {
    if (status.state === "failed") return status.failure.exitCode;
  }
  const { done, missing } = countStates(cells);
  return done === 0 && missing > 0 ? 7 : 0;
}

function statusDocument(cells: readonly CellStatus[]) {
  return {
    schema: "metamae/grid-status",
    version: 1,
    counts: countStates(cells),
    cells: cells.map(({ cell, state, cause }) => ({ ...cell, state, ...(cause && { cause }) })),
  } as const;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
