/**
 * Doing a stage that is ready, and keeping the record of it.
 *
 * @module
 */

import { type Dataset, tokenizeDataset } from "../../lib/datasets/mod.ts";
import { type EngineInfo, startEngine } from "../../lib/engine/mod.ts";
import { extractFeatures, runDabsTransfer, runProbe } from "../../lib/evaluate/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { checkpointState, featuresManifest, storeManifest } from "../../lib/documents/mod.ts";
import type { BackendName } from "../../lib/spec/mod.ts";
import { describeFailure } from "../../lib/terminal/mod.ts";
import { checkpointFolder, loadRun, openTrainData, pretrain } from "../../lib/train/mod.ts";
import { AppError, hashFile, join, LockedError, statIfThere } from "../../lib/util/mod.ts";
import type { RawData } from "./raw_data.ts";
import type { Grid, ReadyStage } from "./resolve_stage.ts";
import type {
  AdaptSettings,
  PretrainSettings,
  ProbeSettings,
  Stage,
  TokenizeSettings,
} from "./stage.ts";
import { type StageRecord, stageRecord } from "./workspace.ts";

/**
 * How often, and after how many milliseconds, a stage is tried again that another process still
 * holds.
 */
const lockTries = 30;
const lockPause = 1000;

/**
 * Does a stage and writes its record.
 *
 * @throws {AppError} If it fails; unless it was stopped from outside, the failure is recorded
 * first.
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
    // Outputs appear whole under a name that holds their key; a kill may have come before the
    // record.
    if (await statIfThere(workspace.path(manifest)) === undefined) {
      await unlessHeld(() => compute(grid, ready, workspace.path(output), surroundings));
    }
    const record = stageRecord.make({
      stage: stage.id,
      key,
      settings: { ...stage.settings },
      inputs: [...inputs],
      code: { ...code },
      output,
      manifest,
      digest: await hashFile(workspace.path(manifest)),
    });
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
      return join(output, storeManifest.file);
    case "pretrain":
      return join(checkpointFolder(output, settings.steps), checkpointState.file);
    case "adapt":
      return join(output, featuresManifest.file);
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
  return new AppError(exitCode, message, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

/** What surrounds a stage. */
export interface StageSurroundings {
  readonly backend: BackendName;
  /** Tells the user something worth knowing. */
  readonly note: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Reports work: units done, and in all where known. */
  readonly progress: (done: number, total: number | undefined, unit: string) => void;
  /**
   * Aborted when the user stops the program. Pretraining listens to the process's signals itself.
   */
  readonly signal: AbortSignal;
}

/** Samples encoded at a time; fewer where a data set has fewer, which would only be padded. */
const encodeBatch = 64;

/**
 * Makes a token store.
 */
async function tokenizeStage(
  dataset: Dataset,
  { variant, limit }: TokenizeSettings,
  raw: RawData | undefined,
  out: string,
  { progress, warn, signal }: StageSurroundings,
): Promise<void> {
  await tokenizeDataset(dataset, { out, raw: raw?.folder, variant, limit, progress, warn, signal });
}

/**
 * Trains, or goes on with a run that was interrupted.
 */
async function pretrainStage(
  settings: PretrainSettings,
  store: string,
  out: string,
  { backend, note, warn, progress }: StageSurroundings,
): Promise<void> {
  const { kind: _kind, smallBatches, learningRate: lr, steps, ...choices } = settings;
  const batchSize = smallBatches
    ? Math.min(settings.batchSize, await samplesOf(store))
    : settings.batchSize;
  await pretrain({
    ...{ ...choices, data: store, out, steps, batchSize, lr, backend, resume: true },
    logEvery: Math.max(1, Math.floor(steps / 1000)),
    keepLast: 2,
    tensorboard: false,
  }, {
    handleSignals: true,
    note,
    warn,
    onProgress: ({ step, steps }) => progress(step, steps, "steps"),
  });
}

/**
 * Extracts features.
 */
async function adaptStage(
  { gallery, compile }: AdaptSettings,
  run: string,
  store: string,
  out: string,
  { backend, warn, progress, signal }: StageSurroundings,
): Promise<void> {
  const loaded = await loadRun(run, { warn });
  const engine = await startEngine({ backend, compile });
  await using data = await openStore(store);
  const counts = await Promise.all(data.splits.map(async (name) => (await data.split(name)).count));
  await extractFeatures(loaded, data, out, {
    gallery,
    engine,
    batchSize: Math.min(encodeBatch, Math.max(...counts)),
    onProgress: (split, done, total) => progress(done, total, `${split} samples`),
    signal,
  });
}

/**
 * Runs the probes on features.
 */
async function probeFeaturesStage(
  { epochs, seed, probes, compile }: ProbeSettings,
  features: string,
  out: string,
  { backend, progress }: StageSurroundings,
): Promise<void> {
  const engine = await startEngine({ backend, compile });
  await runProbe({
    ...{ features, out, probe: probes, latent: "both", epochs, seed, engine },
    onEpoch: (_latent, epoch) => progress(epoch + 1, epochs, "epochs"),
  });
}

/**
 * Trains a head by the protocol of DABS.
 */
async function probeRunStage(
  { epochs, seed, compile }: ProbeSettings,
  run: string,
  store: string,
  out: string,
  { backend, warn, progress, signal }: StageSurroundings,
): Promise<void> {
  const loaded = await loadRun(run, { warn });
  const engine: EngineInfo = await startEngine({ backend, compile });
  await runDabsTransfer(loaded, {
    ...{ data: store, out, epochs, seed, engine, signal },
    onEpoch: (epoch) => progress(epoch + 1, epochs, "epochs"),
  });
}

async function samplesOf(store: string): Promise<number> {
  await using data = await openTrainData(store);
  return data.samples;
}
