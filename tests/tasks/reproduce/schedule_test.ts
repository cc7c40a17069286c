import { AppError, DataError } from "../../../lib/util/errors.ts";
import { disk } from "../../../lib/util/file_system.ts";
import { hashFile } from "../../../lib/util/hash.ts";
import { dirname } from "../../../lib/util/path.ts";
import { cellStatuses } from "../../../tasks/reproduce/cell_status.ts";
import { manifestOf } from "../../../tasks/reproduce/perform_stage.ts";
import type { Grid, ReadyStage } from "../../../tasks/reproduce/resolve_stage.ts";
import { inspectPlan, runPlan, type StageStarter } from "../../../tasks/reproduce/schedule.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { smallGrid } from "./plans.ts";

/** Pretends to do stages: writes what stands for the output, and the record. */
function pretend(grid: Grid, contents = "{}"): StageStarter & { readonly started: string[] } {
  const started: string[] = [];
  const start = async (ready: ReadyStage) => {
    const { stage, key, inputs, code } = ready;
    started.push(stage.id);
    const output = grid.workspace.outputOf(stage, key);
    const manifest = manifestOf(stage, output);
    const path = grid.workspace.path(manifest);
    await disk.makeFolder(dirname(path));
    await Deno.writeTextFile(path, contents);
    await grid.workspace.writeRecord({
      schema: "metamae/stage",
      version: 1,
      stage: stage.id,
      key,
      settings: { ...stage.settings },
      inputs: [...inputs],
      code,
      output,
      manifest,
      digest: await hashFile(path),
    });
  };
  return Object.assign(start, { started });
}

const quiet = { jobs: 1, onStage: () => {}, signal: new AbortController().signal };

Deno.test("runPlan() does every stage once, after those that it builds on", async () => {
  const grid = await smallGrid();
  const start = pretend(grid);
  const statuses = await runPlan(grid, start, quiet);
  assertEquals(start.started, [...grid.plan.stages.keys()]);
  assert([...statuses.values()].every(({ state }) => state === "done"));
  assert(cellStatuses(grid.plan, statuses).every(({ state }) => state === "done"));
});

Deno.test("runPlan() does nothing again, and only what depends on a change", async () => {
  const grid = await smallGrid();
  await runPlan(grid, pretend(grid), quiet);
  const again = pretend(grid);
  await runPlan(grid, again, quiet);
  assertEquals(again.started, []);
  // The engine changes: stores stay, everything else is made again.
  const newer: Grid = { ...grid, code: { ...grid.code, wasm: "4.1.0" } };
  const after = pretend(newer, '{"new": true}');
  await runPlan(newer, after, quiet);
  const stores = [...grid.plan.stages.values()].filter(({ settings }) =>
    settings.kind === "tokenize"
  );
  assertEquals(after.started.length, grid.plan.stages.size - stores.length);
});

Deno.test("runPlan() makes again what follows from an output that is gone", async () => {
  const grid = await smallGrid();
  await runPlan(grid, pretend(grid), quiet);
  const run = [...grid.plan.stages.values()].find(({ settings }) => settings.kind === "pretrain")!;
  const { manifest } = (await grid.workspace.record(run))!;
  await Deno.remove(grid.workspace.path(manifest));
  const same = pretend(grid);
  await runPlan(grid, same, quiet);
  assertEquals(same.started, [run.id], "the same run again: what was made of it is still right");
  await Deno.remove(grid.workspace.path(manifest));
  const other = pretend(grid, '{"other": 1}');
  await runPlan(grid, other, quiet);
  const { stages } = grid.plan;
  const followers = [...stages.values()].filter(({ after }) =>
    after.includes(run.id) || after.some((id) => stages.get(id)!.after.includes(run.id))
  );
  assertEquals(other.started, [run.id, ...followers.map(({ id }) => id)]);
});

Deno.test("runPlan() goes on where a stage fails, and tries it again the next time", async () => {
  const grid = await smallGrid();
  const failing = [...grid.plan.stages.values()].find(({ settings }) =>
    settings.kind === "pretrain" && settings.method === "metamae"
  )!;
  const work = pretend(grid);
  const start: StageStarter = async (ready) => {
    if (ready.stage.id !== failing.id) return await work(ready);
    const error = new DataError("Cannot train: the loss is made of cheese");
    await grid.workspace.writeFailure(ready.stage, error);
    throw error;
  };
  const statuses = await runPlan(grid, start, quiet);
  const cells = cellStatuses(grid.plan, statuses);
  for (const { cell, state, cause } of cells) {
    assertEquals(state, cell.method === "metamae" ? "failed" : "done");
    if (state === "failed") assertEquals(cause!.reason, "Cannot train: the loss is made of cheese");
  }
  assertEquals(cellStatuses(grid.plan, await inspectPlan(grid)), cells, "as --status shows it");
  const again = pretend(grid);
  await runPlan(grid, again, quiet);
  assertEquals(again.started[0], failing.id);
  const open = cellStatuses(grid.plan, await inspectPlan(grid)).filter((c) => c.state !== "done");
  assertEquals(open, []);
});

Deno.test("runPlan() runs no more stages at once than it may", async () => {
  const grid = await smallGrid({ seeds: 3 });
  const work = pretend(grid);
  let [running, most] = [0, 0];
  await runPlan(grid, async (ready) => {
    most = Math.max(most, ++running);
    for (const id of ready.stage.after) assert(work.started.includes(id), "too early");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await work(ready);
    running--;
  }, { ...quiet, jobs: 4 });
  assert(most > 1 && most <= 4, `${most} at once`);
  assertEquals(work.started.length, grid.plan.stages.size);
});

Deno.test("runPlan() stops where the user stops it, and goes on later", async () => {
  const grid = await smallGrid();
  const work = pretend(grid);
  const stopping: StageStarter = async (ready) => {
    if (work.started.length === 3) throw new AppError(130, "Stopped by SIGINT");
    await work(ready);
  };
  const error = await assertRejects(() => runPlan(grid, stopping, quiet), AppError);
  assertEquals(error.exitCode, 130);
  const rest = pretend(grid);
  await runPlan(grid, rest, quiet);
  assertEquals(rest.started.length, grid.plan.stages.size - 3);
  const aborted = AbortSignal.abort(new AppError(143, "Stopped by SIGTERM"));
  const other = await smallGrid();
  await assertRejects(
    () => runPlan(other, pretend(other), { ...quiet, signal: aborted }),
    AppError,
    "SIGTERM",
  );
});

Deno.test("runPlan() lists cells without raw files with how to get them; the rest runs", async () => {
  const raw = await makeTempDir();
  await Deno.mkdir(`${raw}/alpha`);
  await Deno.writeTextFile(`${raw}/alpha/data.bin`, "samples");
  const grid = await smallGrid({}, raw);
  const statuses = await runPlan(grid, pretend(grid), quiet);
  for (const { cell, state, cause } of cellStatuses(grid.plan, statuses)) {
    assertEquals(state, cell.dataset === "alpha" ? "done" : "missing");
    if (state !== "missing") continue;
    assert(cause!.reason.includes(`"${raw}/beta/data.bin": Ask its authors for it`), cause!.reason);
  }
  // Other contents make the store again; files that are gone leave what was made of them.
  await Deno.writeTextFile(`${raw}/alpha/data.bin`, "changed");
  const changed = pretend(grid, '{"changed": 1}');
  await runPlan(grid, changed, quiet);
  assert(changed.started.length > 5);
  await Deno.remove(`${raw}/alpha`, { recursive: true });
  const gone = pretend(grid);
  await runPlan(grid, gone, quiet);
  assertEquals(gone.started, []);
});
