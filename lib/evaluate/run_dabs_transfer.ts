/**
 * Probing a run by the DABS transfer protocol and writing the result record.
 *
 * @module
 */

import { type MetricRecord, type ResultRecord, resultRecord } from "../documents/mod.ts";
import type { EngineInfo } from "../engine/mod.ts";
import { type TaskSpec } from "../spec/mod.ts";
import { openStore } from "../store/mod.ts";
import { canonicalJson, dirname, disk, explained, sha256 } from "../util/mod.ts";
import { transferLearningRate, transferWeightDecay } from "./dabs_transfer.ts";
import { digestSources, type FeatureRun, summarizeRun } from "./feature_run.ts";
import { checkInputs } from "./features.ts";
import { fitDabsTransfer } from "./fit_dabs_transfer.ts";
import { bootstrapKey, makeResult, summarize } from "./result.ts";
import { score, type Scores } from "./scores.ts";

/** Options of {@linkcode runDabsTransfer}. */
export interface RunDabsTransferOptions {
  /** Token store of the labelled data set. */
  readonly data: string;
  /** File for the result record; not written if it is not given. */
  readonly out?: string;
  /** Epochs; 100 by default. */
  readonly epochs?: number;
  /** Samples a step; the data set's published batch size by default. */
  readonly batchSize?: number;
  /** Seed of the head, the order of samples and the dropout; 0 by default. */
  readonly seed?: number;
  readonly engine: EngineInfo;
  /** Called after every epoch. */
  readonly onEpoch?: (epoch: number, metric: number | null) => void;
  readonly signal?: AbortSignal;
}

const selection =
  "Test metric of the head after the last epoch of the DABS transfer protocol, over the whole test " +
  "split; the mean over its batches, which the reference reports, stands beside it. Nothing is " +
  "selected or tuned on the test split.";

/**
 * Trains a head on the labels of a store over the frozen encoder of a run, and writes the record.
 *
 * @throws {UsageError} If the run was built for other inputs, or a split is missing.
 * @throws {DataError} If the store has no labels or is damaged.
 * @throws {NumericError} If features or scores are not finite.
 * @throws {StorageError} If the record cannot be written.
 */
export async function runDabsTransfer(
  run: FeatureRun,
  options: RunDabsTransferOptions,
): Promise<ResultRecord> {
  const { out, seed = 0, epochs = 100, engine } = options;
  if (out !== undefined) {
    await explained(`Cannot write "${out}"`, () => disk.makeFolder(dirname(out)));
  }
  await using store = await openStore(options.data);
  checkInputs(run, store);
  const start = performance.now();
  const fit = await fitDabsTransfer(run, store, {
    epochs,
    seed,
    batchSize: options.batchSize ?? store.manifest.defaults.batchSize,
    compile: engine.compile === "off" ? "off" : "graph",
    onEpoch: ({ epoch, metric }) => options.onEpoch?.(epoch, metric),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const task = store.task!;
  const settings = {
    protocol: "dabs",
    optimizer: "adamw",
    learningRate: transferLearningRate,
    weightDecay: transferWeightDecay,
    encoderDropout: run.model.architecture.dropout,
    epochs,
    batchSize: fit.batchSize,
    steps: fit.steps,
  };
  const history = fit.history.map(({ metric }) => metric);
  const { metrics, ...summary } = summarize({ scores: fit.scores, settings, history }, task);
  const byBatch = meanOverBatches(fit.scores, task, fit.batchSize);
  const sources = await digestSources(run, store);
  const record = makeResult({
    data: store.manifest,
    task,
    run: summarizeRun(run),
    samples: { train: fit.trainSamples, test: fit.scores.samples },
    selection,
    seed,
    key: bootstrapKey(fit.ids, fit.labels),
    results: [{
      probe: "dabs",
      latent: "z",
      metrics: { ...metrics, ...byBatch },
      ...summary,
      seconds: (performance.now() - start) / 1000,
    }],
    adaptation: { innerSteps: null, reason: "the DABS protocol does not adapt latents" },
    losses: null,
    // There is no features folder: what identifies the features is what they are computed from.
    sources: { ...sources, features: sha256(canonicalJson({ ...sources, settings, seed })) },
    engine,
  });
  if (out !== undefined) await resultRecord.write(out, record);
  return record;
}

/**
 * The task's metric of every batch of the test split, averaged over the batches where it is
 * defined, as the reference reports it; padding labels are left out. None for AUROC, which it
 * computes over the whole split.
 */
export function meanOverBatches(
  { values, labels, samples }: Scores,
  task: TaskSpec,
  batchSize: number,
): Readonly<Record<string, MetricRecord>> {
  if (task.metric === "auroc") return {};
  const name = task.ignoreLabel === undefined ? task.metric : `${task.metric}-without-padding`;
  const part = (array: ArrayLike<number>, start: number, end: number) => {
    const size = array.length / samples;
    return Array.from({ length: (end - start) * size }, (_, i) => array[start * size + i]!);
  };
  let [sum, defined] = [0, 0];
  for (let start = 0; start < samples; start += batchSize) {
    const end = Math.min(start + batchSize, samples);
    const scores = {
      values: Float64Array.from(part(values, start, end)),
      labels: part(labels, start, end),
      samples: end - start,
    };
    const value = score(scores, task).statistics[name]?.().value ?? null;
    if (value === null) continue;
    sum += value;
    defined++;
  }
  const title = `${name}-mean-over-batches`;
  if (defined === 0) return { [title]: { value: null, reason: "no batch has a defined metric" } };
  const reason = "a mean over batches is no function of resampled samples";
  return { [title]: { value: sum / defined, interval: { low: null, high: null, reason } } };
}
