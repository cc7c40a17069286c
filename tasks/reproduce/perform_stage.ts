/**
 * Doing a stage that is ready, and keeping the record of it.
 *
 * @module
 */

import { describeFailure } from "../../lib/terminal/mod.ts";
import { checkpointFolder } from "../../lib/train/mod.ts";
import { AppError, hashFile, ioErrorCode, join, LockedError } from "../../lib/util/mod.ts";
import type { Grid, ReadyStage } from "./resolve_stage.ts";
import {
  adaptStage,
  pretrainStage,
  probeFeaturesStage,
  probeRunStage,
  type StageSurroundings,
  tokenizeStage,
} from "./run_stage.ts";
import type { Stage } from "./stage.ts";
import type { StageRecord } from "./workspace.ts";

/** How often, and after how many milliseconds, a stage is tried again that another process still holds. */
const lockTries = 30;
const lockPause = 1000;

/**
 * Does a stage and writes its record.
 *
 * @throws {AppError} If it fails; unless it was stopped from outside, the failure is recorded first.
 */
export async function performStage(
  grid: Grid,
  ready: ReadyStage,
  surroundings: StageSurroundings,
): Promise<StageRecord> {
  const { workspace } = grid;
  const { stage, key, inputs, code } = ready;
  try {
    const output = workspace.outputOf(stage, key);
    const manifest = manifestOf(stage, output);
    // Outputs appear whole under a name that holds their key; a kill may have come before the record.
    if (!(await exists(workspace.path(manifest)))) {
      await unlessHeld(() => compute(grid, ready, workspace.path(output), surroundings));
    }
    const record: StageRecord = {
      schema: "metamae/stage",
      version: 1,
      stage: stage.id,
      key,
      settings: { ...stage.settings },
      inputs: [...inputs],
      code: { ...code },
      output,
      manifest,
      digest: await hashFile(workspace.path(manifest)),
    };
    await workspace.writeRecord(record);
    return record;
  } catch (error) {
    const failure = explain(error, surroundings);
    if (!isStop(failure)) await workspace.writeFailure(stage, failure);
    throw failure;
  }
}

/** Whether an error means that the user, or the cluster, stopped the program. */
export function isStop(error: unknown): error is AppError {
  return error instanceof AppError && (error.exitCode === 130 || error.exitCode === 143);
}

/** The file that stands for an output: the last that its stage writes. */
export function manifestOf({ settings }: Stage, output: string): string {
  switch (settings.kind) {
    case "tokenize":
      return join(output, "store.json");
    case "pretrain":
      return join(checkpointFolder(output, settings.steps), "state.json");
    case "adapt":
      return join(output, "features.json");
    case "probe":
      return output;
  }
}

async function compute(
  { datasets, workspace }: Grid,
  { stage: { settings }, before, raw }: ReadyStage,
  out: string,
  surroundings: StageSurroundings,
): Promise<void> {
  const [first = "", second = ""] = before.map(({ output }) => workspace.path(output));
  switch (settings.kind) {
    case "tokenize":
      return await tokenizeStage(datasets.get(settings.dataset)!, settings, raw, out, surroundings);
    case "pretrain":
      return await pretrainStage(settings, first, out, surroundings);
    case "adapt":
      return await adaptStage(settings, first, second, out, surroundings);
    case "probe":
      return settings.protocol === "dabs"
        ? await probeRunStage(settings, first, second, out, surroundings)
        : await probeFeaturesStage(settings, first, out, surroundings);
  }
}

/** Waits for a process of an earlier grid that was killed and is about to notice. */
async function unlessHeld(work: () => Promise<void>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LockedError) || tries >= lockTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, lockPause));
    }
  }
}

function explain(error: unknown, { warn }: StageSurroundings): AppError {
  if (error instanceof AppError) return error;
  const { exitCode, message, hint, stack } = describeFailure(error);
  if (exitCode === 1 && stack !== undefined) warn(stack);
  return new AppError(exitCode, message, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}
