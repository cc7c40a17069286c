/**
 * The training loop: one iteration a step, driven by whoever iterates.
 *
 * @module
 */

import { type CompileMode, createStepper, type HostTree, type Workers } from "../engine/mod.ts";
import { float32, type NdArray, NumericError } from "../util/mod.ts";
import { flatLayout } from "./flat_layout.ts";
import { createHealthMeter, firstBadTensor } from "./health.ts";
import { adamw } from "./optimizer.ts";
import { scalarsOf, type StepInputs, type TrainableModel, trainStep } from "./train_step.ts";
import type { TrainState } from "./train_state.ts";

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

/**
 * Trains from a state to the last step. After each iteration `state` holds the weights of that
 * step; the iteration may be left at any time.
 *
 * @param state Moved on in place; stays the caller's to dispose of.
 * @throws {NumericError} If a metric becomes NaN or infinite; `state` is then the last finite one.
 * @throws {LostWorkerError} If another worker is lost; `state` is then the one after the last step.
 */
export async function* trainSteps(
  task: TrainTask,
  state: TrainState,
): AsyncGenerator<StepRecord, void, void> {
  const { model, mode, workers } = task;
  const layout = flatLayout(model.parameters);
  const optimizer = adamw(task);
  const step = trainStep(model, layout, { optimizer, workers });
  const stepper = createStepper(step, { name: "train_step", mode, workers });
  const health = createHealthMeter(model, mode);
  let prepared = ahead(task, state.step);
  try {
    while (state.step < task.steps) {
      const asked = performance.now();
      const { inputs, ids, learningRate } = await prepared;
      const waited = (performance.now() - asked) / 1000;
      const scalars = optimizer.scalars(state.step + 1, learningRate);
      let metrics: Readonly<Record<string, number>> = {};
      const running = stepper.run(
        state.tensors,
        { ...inputs, scalars, ...stopFlag(task) },
        async (results, given) => {
          metrics = {
            ...scalarsOf(results.metrics),
            ...isHealthDue(task, state.step + 1) && await health.measure(given.state, given.inputs),
          };
          if (Object.values(metrics).every(Number.isFinite)) return;
          const bad = await firstBadTensor(model, layout, given.state, given.inputs);
          throw failure(state.step + 1, metrics, bad, ids);
        },
      );
      prepared = ahead(task, state.step + 1);
      const { state: tensors, results } = await running;
      [state.tensors, state.step] = [tensors, state.step + 1];
      const stop = results.stop !== undefined && results.stop.data[0]! > 0;
      yield { step: state.step, learningRate, metrics, waited, stop };
    }
  } finally {
    stepper.dispose();
    health.dispose();
    await prepared.catch(() => undefined);
  }
}

/** Of several workers the first one measures its own share of the batch. */
function isHealthDue({ healthEvery = 0, workers }: TrainTask, step: number): boolean {
  return healthEvery > 0 && step % healthEvery === 0 && (workers?.rank ?? 0) === 0;
}

interface Prepared {
  readonly inputs: Omit<HostTree<StepInputs>, "scalars" | "stop">;
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
  if (step >= task.steps) return { inputs: { inputs: [], draws: {} }, ids: [], learningRate: 0 };
  const { seed, batchSize, workers } = task;
  const { ids, ...batch } = await task.batch(step);
  const draws = task.model.draw({ seed, step, batchSize, ...shareOf(batchSize, workers) });
  return { inputs: { ...batch, draws }, ids, learningRate: task.learningRate(step) };
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
