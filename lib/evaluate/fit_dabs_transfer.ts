/**
 * The DABS transfer protocol: a linear head on a frozen encoder that goes on dropping elements.
 *
 * AdamW (learning rate and decoupled decay 1e-4), 100 epochs. Training features are computed in every
 * step with dropout, test features once without. The result is the head after the last epoch. What the
 * reference does beside this is not imitated: 16-bit arithmetic. The incomplete last batch of an epoch
 * is dropped, so that all steps have one shape.
 *
 * @module
 */

import { type CompileMode, createStepper, disposeTree, uploadTree } from "../engine/mod.ts";
import { dropoutDraw, taskTargets } from "../nn/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import {
  epochIds,
  sequentialBatches,
  type Split,
  stepsPerEpoch,
  type Store,
  trainingBatches,
} from "../store/mod.ts";
import { DataError, float32, type NdArray, UsageError } from "../util/mod.ts";
import { transferLearningRate, transferOptimizer, transferStep } from "./dabs_transfer.ts";
import { createEncoder } from "./encoder.ts";
import type { FeatureRun } from "./feature_run.ts";
import { createHeadPredictor } from "./head_predictor.ts";
import { initialHead, joinHead } from "./linear_head.ts";
import type { ProbeEpoch } from "./linear_probe.ts";
import { checkProbeData, type ProbeData } from "./probe_data.ts";
import { primaryMetric, type Scores } from "./scores.ts";

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
  if (!(Number.isInteger(epochs) && epochs >= 1)) {
    throw new UsageError(`Cannot fit the head: epochs is ${epochs}, at least 1 is wanted`);
  }
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
  const steps = epochs * perEpoch;
  return {
    scores: scores!,
    history,
    ids,
    labels: data.labels,
    batchSize,
    steps,
    trainSamples: train.count,
  };
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
