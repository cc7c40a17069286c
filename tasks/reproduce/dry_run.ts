/**
 * What `reproduce-tables --dry-run` tells: what would be done, what it costs, and whether it can
 * fit.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { variantOf } from "../../lib/datasets/mod.ts";
import { startEngine } from "../../lib/engine/mod.ts";
import { findMethod } from "../../lib/methods/mod.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  type Style,
} from "../../lib/terminal/mod.ts";
import { checkMemory, isTrainable, measureSteps } from "../../lib/train/mod.ts";
import { dirname, ioErrorCode, MissingError } from "../../lib/util/mod.ts";
import { planCosts, plannedModel, plannedStep, type StageCost } from "./costs.ts";
import type { Recipe } from "./recipe.ts";
import type { Grid, StageStatus } from "./resolve_stage.ts";
import { type PretrainSettings, stageKinds, type TokenizeSettings } from "./stage.ts";

/** A measured training step. */
export interface StepSpeed {
  /** Name of the stage that it is a step of. */
  readonly stage: string;
  readonly batchSize: number;
  readonly seconds: number;
  readonly flopsPerSecond: number;
}

/** What would be done and what it costs. */
export interface DryRun {
  /** Costs of the stages that are not done. */
  readonly costs: readonly StageCost[];
  readonly done: number;
  /** Absent if no training is left. */
  readonly measured?: StepSpeed;
  /** Bytes that are free on the disk, where that can be asked. */
  readonly freeDisk: number | undefined;
}

/** Largest batch that is measured: a step should not take a minute. */
const mostSamples = 64;

/**
 * Plans what is left to do, checks that it can fit, and measures a training step.
 *
 * @throws {MissingError} If a step needs more memory, or the outputs more disk, than there is.
 */
export async function dryRun(
  grid: Grid,
  recipes: readonly Recipe[],
  statuses: ReadonlyMap<string, StageStatus>,
  options: { readonly onThisMachine: boolean; readonly note: (text: string) => void },
): Promise<DryRun> {
  const all = planCosts(grid.plan, recipes, grid.datasets);
  const costs = all.filter(({ stage }) => statuses.get(stage.id)?.state !== "done");
  const freeDisk = await freeBytes(grid.workspace.root);
  checkDisk(costs, freeDisk);
  if (options.onThisMachine) await checkStepMemory(grid, costs);
  const measured = options.onThisMachine ? await measure(grid, costs, options.note) : undefined;
  return {
    costs,
    done: all.length - costs.length,
    ...(measured === undefined ? {} : { measured }),
    freeDisk,
  };
}

function checkDisk(costs: readonly StageCost[], free: number | undefined): void {
  const needed = costs.reduce((sum, { disk }) => sum + disk, 0);
  if (free === undefined || needed <= free) return;
  throw new MissingError(
    `Cannot reproduce the tables: they take about ${formatBytes(needed)} on disk, ` +
      `${formatBytes(free)} are free`,
    { hint: "Name a folder on another disk with --out, or fewer --datasets, --methods or --seeds" },
  );
}

async function checkStepMemory(grid: Grid, costs: readonly StageCost[]): Promise<void> {
  const engine = await startEngine({ backend: grid.backend });
  const total = machineMemory();
  for (const { stage, step } of costs) {
    if (step === undefined) continue;
    const { batchSize, compile } = stage.settings as PretrainSettings;
    checkMemory(engine.backend, batchSize, step);
    const eager = engine.backend !== "tensorflow" || compile === "off";
    const needed = eager ? step(batchSize).eagerBytes : step(batchSize).bytes;
    if (total === undefined || needed <= total) continue;
    throw new MissingError(
      `Cannot reproduce the tables: a step of "${stage.name}" takes about ${formatBytes(needed)} ` +
        `of memory, this machine has ${formatBytes(total)}`,
      { hint: "Use --scale small, or a machine with more memory" },
    );
  }
}

function machineMemory(): number | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  return state === "granted" ? Deno.systemMemoryInfo().total : undefined;
}

async function measure(
  grid: Grid,
  costs: readonly StageCost[],
  note: (text: string) => void,
): Promise<StepSpeed | undefined> {
  const trained = costs.filter(({ steps }) => steps > 0);
  // The methods that adapt latents inside of a step are those that most of the time goes into.
  const adapts = ({ stage }: StageCost) => {
    const { method, methodOptions } = stage.settings as PretrainSettings;
    return "innerSteps" in findMethod(method).options.parse(methodOptions);
  };
  const chosen = trained.find(adapts) ?? trained[0];
  if (chosen === undefined) return undefined;
  const { stage } = chosen;
  const settings = stage.settings as PretrainSettings;
  const store = grid.plan.stages.get(stage.after[0]!)!.settings as TokenizeSettings;
  const { inputs } = variantOf(grid.datasets.get(store.dataset)!, store.variant).shape!;
  const planned = plannedModel(settings, inputs);
  if (!isTrainable(planned.model)) return undefined;
  note(`Measuring a step of "${stage.name}"`);
  const { compile } = settings;
  const engine = await startEngine({ backend: grid.backend, compile, purpose: "training" });
  const batchSize = Math.min(settings.batchSize, mostSamples);
  const { seconds } = await measureSteps(planned.model, {
    ...{ batchSize, mode: engine.compile, steps: 3, warmup: 1 },
  });
  const fastest = Math.min(...seconds);
  const { flops } = plannedStep(planned, batchSize);
  return { stage: stage.name, batchSize, seconds: fastest, flopsPerSecond: flops / fastest };
}

/**
 * Free bytes of the disk that a folder is, or will be, on; undefined where that may not be asked.
 */
async function freeBytes(folder: string): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "statfs" });
  if (state !== "granted") return undefined;
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (ioErrorCode(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    return await freeBytes(dirname(folder));
  }
}

function memoryOf({ stage: { settings }, step }: StageCost): number {
  if (step === undefined || settings.kind !== "pretrain") return 0;
  const { bytes, eagerBytes } = step(settings.batchSize);
  return settings.compile === "off" ? eagerBytes : bytes;
}

/** The plan as text: costs by kind of stage, the measured step, and the sum. */
export function dryRunText(run: DryRun, style: Style): string {
  const { costs, measured, freeDisk } = run;
  const hours = (flops: number) =>
    measured === undefined ? "" : formatDuration(flops / measured.flopsPerSecond);
  const rows = [...stageKinds, "all"].map((kind) => {
    const own = costs.filter(({ stage }) => kind === "all" || stage.settings.kind === kind);
    const sum = (of: (cost: StageCost) => number) => own.reduce((sum, cost) => sum + of(cost), 0);
    const memory = Math.max(0, ...own.map(memoryOf));
    const [steps, flops] = [sum((cost) => cost.steps), sum((cost) => cost.flops)];
    return [
      kind,
      formatCount(own.length),
      steps === 0 ? "" : formatCount(steps),
      flops === 0 ? "" : formatCount(Math.ceil(flops / 1e12)),
      memory === 0 ? "" : formatBytes(memory),
      formatBytes(sum((cost) => cost.disk)),
      flops === 0 ? "" : hours(flops),
    ];
  });
  const titles = ["stages", "to do", "steps", "TFLOP", "memory", "disk", "time"];
  return [
    formatTable(
      titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
      rows,
      { header: style.bold },
    ),
    "",
    `${formatCount(run.done)} stages are done already`,
    ...(measured === undefined ? [] : [
      `Time: one stage after another at the rate of a measured step of "${measured.stage}" ` +
      `(${measured.seconds.toPrecision(3)} s with ${measured.batchSize} samples)`,
    ]),
    ...(freeDisk === undefined ? [] : [`${formatBytes(freeDisk)} of disk are free`]),
  ].join("\n");
}
