/**
 * The DABS transfer protocol: a linear head on a frozen encoder that goes on dropping elements.
 *
 * The head is trained on features that are computed anew in every step, with the encoder's dropout
 * active: the reference switches it to training mode along with the head. The head learns by AdamW
 * with decoupled weight decay, from logits (binary cross-entropy included), where the linear probe
 * of MetaMAE uses Adam with coupled decay on fixed features. Learning rate and decay are 1e-4, for
 * 100 epochs; test features are computed once, without dropout, and the result is the head after
 * the last epoch. What the reference does beside this is not imitated: 16-bit arithmetic. The
 * incomplete last batch of an epoch is dropped, so that all steps have one shape.
 *
 * @module
 */

import { type MetricRecord, type ResultRecord, resultRecord } from "../documents/mod.ts";
import {
  type CompileMode,
  createStepper,
  disposeTree,
  type EngineInfo,
  type StateDict,
  type Step,
  type Tensor,
  tf,
  uploadTree,
} from "../engine/mod.ts";
import type { Dropout, Model } from "../methods/mod.ts";
import {
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  taskLoss,
  taskTargets,
  withoutCls,
} from "../nn/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import {
  epochIds,
  openStore,
  sequentialBatches,
  type Split,
  stepsPerEpoch,
  type Store,
  trainingBatches,
} from "../store/mod.ts";
import { adamw, type AdamwScalars, type Moments } from "../train/mod.ts";
import {
  canonicalJson,
  DataError,
  dirname,
  disk,
  explained,
  float32,
  type NdArray,
  sha256,
} from "../util/mod.ts";
import { createEncoder } from "./encoder.ts";
import { digestSources, type FeatureRun, summarizeRun } from "./feature_run.ts";
import { checkInputs } from "./features.ts";
import { createHeadPredictor } from "./head_predictor.ts";
import { checkEpochs, initialHead, joinHead, type ProbeEpoch } from "./linear_probe.ts";
import { checkProbeData, type ProbeData } from "./probe_data.ts";
import { bootstrapKey, makeResult, summarize } from "./result.ts";
import { primaryMetric, score, type Scores } from "./scores.ts";

/** Learning rate of the published protocol. */
export const transferLearningRate = 1e-4;
/** Decoupled weight decay of the published protocol. */
export const transferWeightDecay = 1e-4;
/** The optimizer of the published protocol. */
export const transferOptimizer = adamw({ weightDecay: transferWeightDecay });

/** What a step moves on, and the encoder, which stays. */
export type TransferState = {
  /** Head (D + 1, outputs), the last row its bias. */
  readonly head: Tensor;
  readonly moments: Moments;
  /** Frozen state dict of the encoder. */
  readonly parameters: StateDict;
};

/** What a step takes. */
export type TransferInputs = {
  /** One tensor a modality. */
  readonly inputs: readonly Tensor[];
  /** Class ids (rows) int32, or (rows, outputs) float32. */
  readonly targets: Tensor;
  readonly draws: DropoutDraws;
  readonly scalars: AdamwScalars;
};

/**
 * Rows that the head sees: pooled features (N, D + 1), or those of all tokens without CLS
 * (N L, D + 1) for a per-token task, with a column of ones for the bias.
 *
 * @param dropout Dropout of the encoder; none is evaluation mode.
 */
export function transferFeatures(
  model: Model,
  parameters: StateDict,
  inputs: readonly Tensor[],
  task: TaskSpec,
  dropout?: Dropout,
): Tensor {
  const latents = model.encode(parameters, inputs, dropout);
  const features = task.kind === "per-token" ? withoutCls(latents) : model.pool(latents);
  const rows = tf.reshape(features, [-1, latents.shape[2]!]);
  return tf.concat([rows, tf.ones([rows.shape[0]!, 1])], 1);
}

/** Scores (rows, outputs) of rows with their column of ones. */
export function transferScores(head: Tensor, features: Tensor): Tensor {
  return tf.matMul(features as tf.Tensor2D, head as tf.Tensor2D);
}

/** Loss of a head and its gradient (D + 1, outputs), for the features of a batch. */
export function transferGradient(
  head: Tensor,
  features: Tensor,
  targets: Tensor,
  task: TaskSpec,
): { readonly loss: Tensor; readonly gradient: Tensor } {
  const lossOf = (head: Tensor) => taskLoss(transferScores(head, features), targets, task);
  const { value, grad } = tf.valueAndGrad(lossOf)(head);
  return { loss: value, gradient: grad };
}

/**
 * Makes the step for a frozen model and a task; its result is the mean loss of the batch before it.
 */
export function transferStep(
  model: Model,
  task: TaskSpec,
): Step<TransferState, TransferInputs, { readonly loss: Tensor }> {
  return ({ head, moments, parameters }, { inputs, targets, draws, scalars }) => {
    const dropout = keyedDropout(draws, model.architecture.dropout);
    const features = transferFeatures(model, parameters, inputs, task, dropout);
    const { loss, gradient } = transferGradient(head, features, targets, task);
    const next = transferOptimizer.update(gradient, moments, head, scalars);
    const state = { head: next.parameters, moments: next.moments, parameters };
    return { state, results: { loss } };
  };
}

/** Options of {@linkcode fitDabsTransfer}. */
export interface DabsTransferOptions {
  /** 100 in the published protocol. */
  readonly epochs?: number;
  /** Samples a step; no more than there are. */
  readonly batchSize: number;
  /** Seed of the head, the order of samples and the dropout. */
  readonly seed: number;
  readonly compile?: CompileMode;
  /** Called after every epoch. */
  readonly onEpoch?: (epoch: ProbeEpoch) => void;
  readonly signal?: AbortSignal;
}

/** What the head predicts for the test split. */
export interface DabsTransferFit {
  readonly scores: Scores;
  readonly history: readonly ProbeEpoch[];
  /** Ids of the test samples, in order. */
  readonly ids: NdArray<"uint32">;
  /** Their labels in the layout of the task. */
  readonly labels: ProbeData["labels"];
  readonly batchSize: number;
  readonly steps: number;
  /** Samples of the training split. */
  readonly trainSamples: number;
}

/**
 * Trains the head on the training split of a store and scores its test split.
 *
 * @throws {DataError} If the store has no labels, or a label is not of its task.
 * @throws {UsageError} If a split is missing, or the number of epochs is no positive integer.
 * @throws {NumericError} If features or scores are not finite.
 */
export async function fitDabsTransfer(
  run: FeatureRun,
  store: Store,
  options: DabsTransferOptions,
): Promise<DabsTransferFit> {
  const { epochs = 100, seed, compile: mode = "off" } = options;
  const { task } = store;
  if (task === undefined) {
    throw new DataError(`Cannot probe on "${store.path}": the store has no labels`, {
      hint: "Probes need a labelled data set",
    });
  }
  checkEpochs("Cannot fit the head", epochs);
  const [train, test] = [await store.split("train"), await store.split("test")];
  const batchSize = Math.min(options.batchSize, train.count);
  const perEpoch = stepsPerEpoch(train, batchSize);
  const { data, ids } = await encodeTest(run, test, task, { ...options, batchSize });

  const predictor = createHeadPredictor(data, task, mode);
  const stepper = createStepper(transferStep(run.model, task), { name: "dabs transfer", mode });
  const head = joinHead(initialHead(seed, outputCount(task), data.features.shape.at(-1)!));
  let state = uploadTree({
    head,
    moments: transferOptimizer.init(head),
    parameters: run.parameters,
  });
  let scores: Scores | undefined;
  const history: ProbeEpoch[] = [];
  try {
    const batches = trainingBatches(train, { seed, batchSize, endStep: epochs * perEpoch });
    for await (const { step: t, batch } of batches) {
      options.signal?.throwIfAborted();
      ({ state } = await stepper.run(state, {
        inputs: batch.inputs,
        targets: taskTargets(batch.labels!, task),
        draws: dropoutDraw({ seed, step: t, firstSample: 0, samples: batchSize }),
        scalars: transferOptimizer.scalars(t + 1, transferLearningRate),
      }));
      if ((t + 1) % perEpoch !== 0) continue;
      scores = await predictor.predict(state.head);
      const record = { epoch: history.length, metric: primaryMetric(scores, task) };
      history.push(record);
      options.onEpoch?.(record);
    }
  } finally {
    disposeTree(state);
    predictor.dispose();
    stepper.dispose();
  }
  const fit = { scores: scores!, history, ids, labels: data.labels, batchSize };
  return { ...fit, steps: epochs * perEpoch, trainSamples: train.count };
}

/** Features and labels of the test split, in evaluation mode and reference order. */
async function encodeTest(
  run: FeatureRun,
  split: Split,
  task: TaskSpec,
  { batchSize, seed, compile = "off", signal }: DabsTransferOptions,
): Promise<{ data: ProbeData; ids: NdArray<"uint32"> }> {
  const ids = epochIds(split, { seed, epoch: 0 });
  const labels = await split.labels(ids);
  const perToken = task.kind === "per-token";
  const encoder = createEncoder(run, { adaptation: null, perToken, compile });
  let features = float32([0]);
  try {
    for await (const { batch, count, first } of sequentialBatches(split, { batchSize, ids })) {
      signal?.throwIfAborted();
      const { z } = await encoder.encode(batch.inputs);
      if (first === 0) features = float32([ids.length, ...z.shape.slice(1)]);
      const width = z.data.length / batchSize;
      features.data.set(z.data.subarray(0, count * width), first * width);
    }
  } finally {
    encoder.dispose();
  }
  const data = { features, labels };
  checkProbeData(data, task, split.name);
  return { data, ids: { dtype: "uint32", shape: [ids.length], data: ids } };
}

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
  "Test metric of the head after the last epoch of the DABS transfer protocol, over the whole " +
  "test split; the mean over its batches, which the reference reports, stands beside it. Nothing is " +
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
