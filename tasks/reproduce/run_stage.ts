/**
 * Doing one stage: what the subcommands `tokenize`, `pretrain`, `adapt` and `probe` do.
 *
 * @module
 */

import { type Dataset, tokenizeDataset } from "../../lib/datasets/mod.ts";
import { type BackendName, type EngineInfo, startEngine } from "../../lib/engine/mod.ts";
import { extractFeatures, runDabsTransfer, runProbe } from "../../lib/evaluate/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { loadRun, openTrainData, pretrain } from "../../lib/train/mod.ts";
import type { RawData } from "./raw_data.ts";
import type { AdaptSettings, PretrainSettings, ProbeSettings, TokenizeSettings } from "./stage.ts";

/** What surrounds a stage. */
export interface StageSurroundings {
  readonly backend: BackendName;
  /** Tells the user something worth knowing. */
  readonly note: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Reports work: units done, and in all where known. */
  readonly progress: (done: number, total: number | undefined, unit: string) => void;
  /** Aborted when the user stops the program. Pretraining listens to the process's signals itself. */
  readonly signal: AbortSignal;
}

/** Samples encoded at a time; fewer where a data set has fewer, which would only be padded. */
const encodeBatch = 64;

/**
 * Makes a token store.
 */
export async function tokenizeStage(
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
export async function pretrainStage(
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
export async function adaptStage(
  { gallery, compile }: AdaptSettings,
  run: string,
  store: string,
  out: string,
  { backend, warn, progress, signal }: StageSurroundings,
): Promise<void> {
  const loaded = await loadRun(run, { warn });
  const engine = await startEngine({ backend, compile });
  await using data = await openStore(store);
  const counts = await Promise.all(
    data.splits.map(async (name) => (await data.split(name)).count),
  );
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
export async function probeFeaturesStage(
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
export async function probeRunStage(
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
