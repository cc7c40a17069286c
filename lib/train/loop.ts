/**
 * The training loop: one iteration a step, driven by whoever iterates.
 *
 * @module
 */

import {
  collectGarbage,
  compile,
  type CompileMode,
  disposeTree,
  type TensorTree,
  uploadTree,
  type Workers,
} from "../engine/mod.ts";
import { float32, type NdArray, NumericError } from "../util/mod.ts";
import { adamwScalars } from "./adamw.ts";
import { flatLayout } from "./flat_layout.ts";
import { firstBadTensor } from "./health.ts";
import { createHealthMeter } from "./health_metrics.ts";
import { stripped, type TrainableModel, trainStep } from "./train_step.ts";
import { advance, type TrainState } from "./train_state.ts";

/** One batch on the host. */
export interface TrainBatch {
  /** One array a modality, (N, ...sample shape). */
  readonly inputs: readonly NdArray<"float32" | "int32">[];
  /** Labels as the loss takes them, for an objective that learns from labels. */
  readonly targets?: NdArray<"float32" | "int32">;
  /** Ids of the samples in the store, for messages. */
  readonly ids: ArrayLike<number>;
}

/** What is trained, and how. */
export interface TrainTask {
  readonly model: TrainableModel;
  readonly mode: CompileMode;
  readonly seed: number;
  /** Step at which the run ends. */
  readonly steps: number;
  readonly batchSize: number;
  /** Batch of a zero-based step: a pure function, so that a run may be entered anywhere. */
  readonly batch: (step: number) => Promise<TrainBatch>;
  /** Learning rate of a zero-based step. */
  readonly learningRate: (step: number) => number;
  readonly weightDecay: number;
  /**
   * Workers that share every batch; this process alone if there are none. Then `batch` gives this
   * worker's samples, in the order of the workers.
   */
  readonly workers?: Workers | undefined;
  /** Steps between measurements of health; none without it, or if it is 0. */
  readonly healthEvery?: number | undefined;
  /** Asked before every step whether this worker wants all of them to stop after it. */
  readonly wantsStop?: () => boolean;
}

/** What is known after a step. */
export interface StepRecord {
  /** Number of steps taken. */
  readonly step: number;
  readonly learningRate: number;
  /**
   * `loss`, `gradientNorm` and the method's own, of the weights before the update; after some steps
   * those of health_metrics.ts too.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds that the step waited for its batch. */
  readonly waited: number;
  /** Whether a worker wants to stop, which all of them know after the same step. */
  readonly stop: boolean;
}

/** Longest time in milliseconds without a turn of the event loop, in which signals are handled. */
const longestTurn = 100;

/**
 * Milliseconds between two collections of garbage. What a step leaves behind often outlives the cheap ones, and
 * the thorough ones would come only after the memory of the process had grown for tens of thousands of steps.
 */
const collectInterval = 10_000;

/**
 * Trains from a state to the last step. After each iteration `state` holds the weights of that step;
 * the iteration may be left at any time.
 *
 * @param state Moved on in place; stays the caller's to dispose of.
 * @throws {NumericError} If a metric becomes NaN or infinite; `state` is then the last finite one.
 * @throws {LostWorkerError} If another worker is lost; `state` is then the one after the last step.
 */
export async function* trainSteps(
  task: TrainTask,
  state: TrainState,
): AsyncGenerator<StepRecord, void, void> {
  const layout = flatLayout(task.model.parameters);
  const { workers } = task;
  const step = trainStep(task.model, layout, { workers });
  const compiled = compile(step, { name: "train_step", mode: task.mode });
  const run = (inputs: TensorTree) =>
    workers === undefined ? compiled(inputs) : workers.watch(() => compiled(inputs));
  const health = createHealthMeter(task.model, task.mode);
  let prepared = ahead(task, state.step);
  let turned = performance.now(), collected = turned;
  try {
    while (state.step < task.steps) {
      const asked = performance.now();
      const host = await prepared;
      const waited = (performance.now() - asked) / 1000;
      const inputs = uploadTree({ ...host.arrays, ...stopFlag(task) });
      try {
        const running = run({ ...state.tensors, ...inputs });
        prepared = ahead(task, state.step + 1);
        const outputs = await running;
        const stop = await readStop(outputs);
        const metrics = await readMetrics(outputs);
        if (isHealthDue(task, state.step + 1)) {
          Object.assign(metrics, await health.measure({ ...state.tensors, ...inputs }));
        }
        if (!Object.values(metrics).every(Number.isFinite)) {
          disposeTree(outputs);
          const bad = await firstBadTensor(task.model, layout, { ...state.tensors, ...inputs });
          throw failure(state.step + 1, metrics, bad, host.ids);
        }
        advance(state, outputs);
        yield { step: state.step, learningRate: host.learningRate, metrics, waited, stop };
      } finally {
        disposeTree(inputs);
      }
      if (performance.now() - turned > longestTurn) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turned = performance.now();
        if (turned - collected > collectInterval) {
          collectGarbage();
          collected = turned;
        }
      }
    }
  } finally {
    compiled.dispose();
    health.dispose();
    await prepared.catch(() => undefined);
  }
}

/** Of several workers the first one measures its own share of the batch. */
function isHealthDue({ healthEvery = 0, workers }: TrainTask, step: number): boolean {
  return healthEvery > 0 && step % healthEvery === 0 && (workers?.rank ?? 0) === 0;
}

interface Prepared {
  readonly arrays: Readonly<Record<string, NdArray<"float32" | "int32">>>;
  readonly ids: ArrayLike<number>;
  readonly learningRate: number;
}

/** Starts to prepare a step; its failure is the one of the step, not of the one before it. */
function ahead(task: TrainTask, step: number): Promise<Prepared> {
  const prepared = prepare(task, step);
  prepared.catch(() => undefined);
  return prepared;
}

/** Everything that a step needs from the host; made while the step before it runs. */
async function prepare(task: TrainTask, step: number): Promise<Prepared> {
  if (step >= task.steps) return { arrays: {}, ids: [], learningRate: 0 };
  const { seed, batchSize, weightDecay, workers } = task;
  const batch = await task.batch(step);
  const learningRate = task.learningRate(step);
  const arrays: Record<string, NdArray<"float32" | "int32">> = {};
  batch.inputs.forEach((input, k) => arrays[`x/${k}`] = input);
  if (batch.targets !== undefined) arrays["draw/targets"] = batch.targets;
  const share = shareOf(batchSize, workers);
  const draws = task.model.draw({ seed, step, batchSize, ...share });
  for (const [name, draw] of Object.entries(draws)) arrays[`draw/${name}`] = draw;
  for (const [name, value] of Object.entries(adamwScalars(step + 1, learningRate, weightDecay))) {
    arrays[`hyper/${name}`] = float32([], [value]);
  }
  return { arrays, ids: batch.ids, learningRate };
}

/**
 * The samples of a batch that a worker sees: its slice, in the order of the workers.
 *
 * @param batchSize Samples of the whole batch, a multiple of the number of workers.
 */
export function shareOf(
  batchSize: number,
  workers: Pick<Workers, "rank" | "size"> = { rank: 0, size: 1 },
): { readonly firstSample: number; readonly samples: number } {
  const samples = batchSize / workers.size;
  return { firstSample: workers.rank * samples, samples };
}

/** The wish to stop enters as late as possible, so that all stop soon. */
function stopFlag({ workers, wantsStop }: TrainTask): { stop?: NdArray<"float32"> } {
  return workers === undefined ? {} : { stop: float32([], [wantsStop?.() ? 1 : 0]) };
}

async function readStop({ stop }: TensorTree): Promise<boolean> {
  if (stop === undefined) return false;
  const [share] = await stop.data();
  stop.dispose();
  return share! > 0;
}

/** Reads the metrics and frees their tensors. */
async function readMetrics(outputs: TensorTree): Promise<Record<string, number>> {
  const tensors = stripped("metric/", outputs);
  const { loss, gradientNorm, ...others } = tensors;
  const metrics: Record<string, number> = {};
  for (
    const [name, tensor] of Object.entries({
      loss: loss!,
      gradientNorm: gradientNorm!,
      ...others,
    })
  ) {
    metrics[name] = (await tensor.data())[0]!;
  }
  disposeTree(tensors);
  return metrics;
}

const idsShown = 16;

function failure(
  step: number,
  metrics: Readonly<Record<string, number>>,
  bad: string | undefined,
  ids: ArrayLike<number>,
): NumericError {
  const [name, value] = Object.entries(metrics).find(([, value]) => !Number.isFinite(value))!;
  const shown = Array.from(ids).slice(0, idsShown).join(", ");
  const more = ids.length > idsShown ? ` and ${ids.length - idsShown} more` : "";
  return new NumericError(
    `Cannot take step ${step}: the ${words(name)} is ${value}; ` +
      `the first tensor that is not finite is ${bad ?? "found only in the compiled step"}; ` +
      `the batch holds the samples ${shown}${more}`,
  );
}

/** A camelCase name as words. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
