/**
 * The linear probe of the published protocol: a linear head trained on frozen features.
 *
 * Adam with coupled L2 (both 1e-4), 100 epochs, the data set's batch size, shuffled, the incomplete
 * last batch of every epoch dropped, head drawn uniformly within 1/sqrt(D). Features are used as
 * they are. There is no early stopping. The result is the head after the last epoch; with a
 * validation split, which the published protocol has not, the head after the epoch that is best on
 * it.
 *
 * The head is one matrix (D + 1, outputs): the weights of the linear map transposed, and the bias
 * as the last row, which meets a constant 1 at the end of every feature vector.
 *
 * Many steps run in one call of the engine. The shuffled rows are copied on the host, so the order
 * of samples is exact on every backend and the features may be larger than the engine's memory.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  disposeTree,
  download,
  type Stepper,
  type Tensor,
  tf,
  uploadTree,
} from "../engine/mod.ts";
import { oneHot, sigmoid, softmax } from "../engine/ops/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import { adam, type AdamScalars, type Moments } from "../train/mod.ts";
import {
  drawKey,
  float32,
  int32,
  type NdArray,
  permuted,
  uniform,
  UsageError,
} from "../util/mod.ts";
import { createHeadPredictor } from "./head_predictor.ts";
import { checkProbeData, type ProbeData, rowsPerSample, withOnes } from "./probe_data.ts";
import { primaryMetric, type Scores } from "./scores.ts";

/** Options of {@linkcode fitLinearProbe}. */
export interface LinearProbeOptions {
  /** Task whose labels are predicted. */
  readonly task: TaskSpec;
  /** 100 in the published protocol. */
  readonly epochs?: number;
  /** Samples a step; no more than there are. */
  readonly batchSize: number;
  /** Seed of the initial head and of the order of the samples. */
  readonly seed: number;
  /** Samples that choose the epoch: the first one whose metric on them is the highest. */
  readonly validation?: ProbeData | undefined;
  /** Head to start from instead of a drawn one. */
  readonly initial?: LinearHead;
  /** Order of the training samples in an epoch (from 0) instead of a drawn one. */
  readonly order?: (epoch: number) => ArrayLike<number>;
  /** How the steps are compiled; `off` by default. */
  readonly compile?: CompileMode;
  /** Called after every epoch. */
  readonly onEpoch?: (epoch: ProbeEpoch) => void;
}

/** One epoch of a fit. */
export interface ProbeEpoch {
  /** Zero-based. */
  readonly epoch: number;
  /** The task's metric on the test split; null where it is undefined. */
  readonly metric: number | null;
  /** The same on the validation split; absent where there is none. */
  readonly validation?: number | null;
}

/** A fitted head, and what it predicts for the test split. */
export interface LinearProbeFit {
  /** Weight and bias of the chosen epoch. */
  readonly head: LinearHead;
  /** What was measured after each epoch, in order. */
  readonly history: readonly ProbeEpoch[];
  /** Predictions for the test split. */
  readonly scores: Scores;
  /** Zero-based epoch that head and scores are of. */
  readonly epoch: number;
  /** Samples a step; the training split's size where that is smaller than the option. */
  readonly batchSize: number;
  /** Steps taken in all epochs together. */
  readonly steps: number;
}

/** Rows of features in one call of the engine. */
const rowsPerCall = 4096;
/** Most steps unrolled in one call. */
const stepsPerCall = 16;

/** Loss of the published protocol for each kind of task. */
export function probeLoss(task: TaskSpec): ProbeLoss {
  if (task.kind === "regression") return "squared";
  return task.kind === "binary" || task.kind === "multi-label" ? "sigmoid" : "softmax";
}

/**
 * Fits a linear head on the training split and follows its metric on the test split.
 *
 * @throws {DataError} If features and labels do not fit the task.
 * @throws {NumericError} If a feature is not finite or the fit diverges.
 */
export async function fitLinearProbe(
  train: ProbeData,
  test: ProbeData,
  options: LinearProbeOptions,
): Promise<LinearProbeFit> {
  const { task, epochs = 100, seed, compile: mode = "off" } = options;
  checkEpochs("Cannot fit the linear probe", epochs);
  checkProbeData(train, task, "train");
  checkProbeData(test, task, "test");
  if (options.validation !== undefined) checkProbeData(options.validation, task, "validation");
  const [samples, width] = [train.features.shape[0]!, train.features.shape.at(-1)!];
  const batchSize = Math.min(options.batchSize, samples);
  const iterations = Math.floor(samples / batchSize);
  const chunk = chunkSteps(iterations, batchSize * rowsPerSample(train.features));
  const order = options.order ?? ((epoch) => probeOrder(seed, epoch, samples));
  const stepper = createProbeStepper(probeLoss(task), mode);
  const predictor = createHeadPredictor(test, task, mode);
  const validator = options.validation && createHeadPredictor(options.validation, task, mode);
  const joined = joinHead(options.initial ?? initialHead(seed, outputCount(task), width));
  let state = uploadTree({ head: joined, moments: probeOptimizer.init(joined) });
  let chosen: ChosenHead | undefined;
  const history: ProbeEpoch[] = [];
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const rows = order(epoch);
      for (let step = 0; step < iterations; step += chunk) {
        const steps = Math.min(chunk, iterations - step);
        const length = steps * batchSize;
        const picked = Array.from({ length }, (_, i) => rows[step * batchSize + i]!);
        const first = epoch * iterations + step + 1;
        ({ state } = await stepper.run(state, {
          features: withOnes(train.features, picked),
          targets: probeTargets(train, picked, task),
          scalars: Array.from(
            { length: steps },
            (_, i) => probeOptimizer.scalars(first + i, probeLearningRate),
          ),
        }));
      }
      const scores = await predictor.predict(state.head);
      const validation = validator && primaryMetric(await validator.predict(state.head), task);
      const metric = primaryMetric(scores, task);
      const record = { epoch, metric, ...(validation === undefined ? {} : { validation }) };
      history.push(record);
      options.onEpoch?.(record);
      const value = validation ?? -Infinity;
      // Where nothing was measured on a validation split, a later head replaces an earlier one.
      if (chosen === undefined || value > chosen.value || chosen.value === -Infinity) {
        const head = splitHead(await download(state.head) as NdArray<"float32">);
        chosen = { epoch, scores, head, value };
      }
    }
  } finally {
    disposeTree(state);
    for (const used of [stepper, predictor, validator]) used?.dispose();
  }
  const { value: _, ...result } = chosen!;
  return { ...result, history, batchSize, steps: epochs * iterations };
}

/** The head that a fit gives so far. */
interface ChosenHead extends Pick<LinearProbeFit, "epoch" | "scores" | "head"> {
  /** Metric on the validation split; minus infinity where there is none. */
  readonly value: number;
}

/** @throws {UsageError} If a number of epochs is no positive integer. */
export function checkEpochs(action: string, epochs: number): void {
  if (Number.isInteger(epochs) && epochs >= 1) return;
  throw new UsageError(`${action}: epochs is ${epochs}, at least 1 is wanted`);
}

/** The keyed order of the training samples in an epoch. */
export function probeOrder(seed: number, epoch: number, samples: number): Int32Array {
  const key = drawKey(seed, "probe-order", epoch);
  return Int32Array.from({ length: samples }, (_, i) => permuted(key, i, samples));
}

function chunkSteps(iterations: number, rowsPerStep: number): number {
  const fitting = Math.max(1, Math.floor(rowsPerCall / rowsPerStep));
  return Math.min(iterations, stepsPerCall, fitting);
}

/** Batches of several steps. */
type ProbeInputs = {
  /** Features of all batches (rows, D + 1). */
  readonly features: Tensor;
  readonly targets: Tensor;
  /** The optimizer's of every step. */
  readonly scalars: readonly AdamScalars[];
};

function createProbeStepper(
  loss: ProbeLoss,
  mode: CompileMode,
): Stepper<ProbeState, ProbeInputs, never[]> {
  return createStepper((start: ProbeState, inputs: ProbeInputs) => {
    const { scalars } = inputs;
    const features = tf.split(inputs.features, scalars.length);
    const targets = tf.split(inputs.targets, scalars.length);
    let state = start;
    scalars.forEach((own, i) => state = probeStep(state, features[i]!, targets[i]!, own, loss));
    return { state, results: [] };
  }, { name: `linear probe (${loss})`, mode });
}

/** Targets of the picked samples as the probe's loss takes them: ids, or (rows, outputs). */
export function probeTargets(
  data: ProbeData,
  samples: ArrayLike<number>,
  task: TaskSpec,
): NdArray<"float32" | "int32"> {
  const perSample = data.labels.data.length / data.features.shape[0]!;
  const labels = new Float32Array(samples.length * perSample);
  for (let i = 0; i < samples.length; i++) {
    for (let j = 0; j < perSample; j++) {
      labels[i * perSample + j] = data.labels.data[samples[i]! * perSample + j]!;
    }
  }
  const outputs = outputCount(task);
  return probeLoss(task) === "softmax"
    ? int32([labels.length], labels)
    : float32([labels.length / outputs, outputs], labels);
}

/** Loss of a head: softmax cross-entropy, binary cross-entropy after a sigmoid, squared error. */
export type ProbeLoss = "softmax" | "sigmoid" | "squared";

/** Learning rate of the published protocol. */
export const probeLearningRate = 1e-4;
/** Weight of the L2 term, which is added to the gradient ("coupled"). */
export const probeWeightDecay = 1e-4;

/** The optimizer of the published protocol. */
export const probeOptimizer = adam({ weightDecay: probeWeightDecay });

/** Head and the two moments of Adam, each (D + 1, outputs). */
export type ProbeState = { readonly head: Tensor; readonly moments: Moments };

/**
 * Gradient (D + 1, outputs) of the mean loss of a batch, without the L2 term.
 *
 * For `sigmoid` it is the derivative of the loss on probabilities as the reference computes it:
 * where a probability is exactly 0 or 1 in float32 the gradient vanishes, and a loss in logits
 * would not.
 *
 * @param features (rows, D + 1), the last column 1.
 * @param targets Class ids (rows) for `softmax`; (rows, outputs) float32 otherwise.
 */
export function probeGradient(
  head: Tensor,
  features: Tensor,
  targets: Tensor,
  loss: ProbeLoss,
): Tensor {
  const scores = tf.matMul<tf.Tensor2D>(features as tf.Tensor2D, head as tf.Tensor2D);
  const [rows, outputs] = scores.shape;
  const residual = scoreGradient(scores, targets, loss);
  const mean = loss === "softmax" ? 1 / rows : 1 / (rows * outputs);
  return tf.mul(tf.matMul(features as tf.Tensor2D, residual as tf.Tensor2D, true), mean);
}

/** Derivative of the loss of every score, in closed form. */
function scoreGradient(scores: tf.Tensor2D, targets: Tensor, loss: ProbeLoss): Tensor {
  switch (loss) {
    case "softmax":
      return tf.sub(softmax(scores), oneHot(targets, scores.shape[1]));
    case "sigmoid": {
      const probability = sigmoid(scores);
      const slope = tf.mul(probability, tf.sub(1, probability));
      return tf.mul(tf.div(tf.sub(probability, targets), tf.maximum(slope, 1e-12)), slope);
    }
    case "squared":
      return tf.mul(2, tf.sub(scores, targets));
  }
}

/** One step of {@linkcode probeOptimizer}. */
export function probeStep(
  { head, moments }: ProbeState,
  features: Tensor,
  targets: Tensor,
  scalars: AdamScalars,
  loss: ProbeLoss,
): ProbeState {
  const gradient = probeGradient(head, features, targets, loss);
  const next = probeOptimizer.update(gradient, moments, head, scalars);
  return { head: next.parameters, moments: next.moments };
}

/** Weight (outputs, D) and bias (outputs) of a linear head. */
export interface LinearHead {
  /** Shape (outputs, D). */
  readonly weight: NdArray<"float32">;
  /** Shape (outputs). */
  readonly bias: NdArray<"float32">;
}

/** The head that a fit starts from: uniform within 1/sqrt(D), keyed by the seed. */
export function initialHead(seed: number, outputs: number, width: number): LinearHead {
  const bound = 1 / Math.sqrt(width);
  const draw = (name: string, length: number) => {
    const key = drawKey(seed, name);
    return Float32Array.from({ length }, (_, i) => (2 * uniform(key, i) - 1) * bound);
  };
  return {
    weight: float32([outputs, width], draw("probe-weight", outputs * width)),
    bias: float32([outputs], draw("probe-bias", outputs)),
  };
}

/** The joint matrix (D + 1, outputs) of a head. */
export function joinHead({ weight, bias }: LinearHead): NdArray<"float32"> {
  const [outputs, width] = weight.shape as [number, number];
  const joined = new Float32Array((width + 1) * outputs);
  for (let o = 0; o < outputs; o++) {
    for (let d = 0; d < width; d++) joined[d * outputs + o] = weight.data[o * width + d]!;
    joined[width * outputs + o] = bias.data[o]!;
  }
  return float32([width + 1, outputs], joined);
}

/** Weight and bias of the joint matrix (D + 1, outputs). */
export function splitHead({ shape, data }: NdArray<"float32">): LinearHead {
  const [rows, outputs] = shape as [number, number];
  const width = rows - 1;
  const weight = new Float32Array(outputs * width);
  for (let o = 0; o < outputs; o++) {
    for (let d = 0; d < width; d++) weight[o * width + d] = data[d * outputs + o]!;
  }
  return {
    weight: float32([outputs, width], weight),
    bias: float32([outputs], data.slice(width * outputs)),
  };
}
