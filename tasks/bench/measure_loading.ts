/**
 * Measures the training loop as `pretrain` runs it: batches come from a store on the disk and are
 * prepared while the step before them runs.
 *
 * @module
 */

import { disposeTree } from "../../lib/engine/mod.ts";
import {
  initialParameters,
  type MeasureStepsOptions,
  openTrainData,
  type StepMeasurement,
  type TrainableModel,
  trainSteps,
  uploadState,
} from "../../lib/train/mod.ts";

/** What was found. */
export interface LoadingMeasurement extends Omit<StepMeasurement, "operations"> {
  /** Seconds that every timed step waited for its batch. */
  readonly waited: readonly number[];
}

/**
 * Takes training steps on the samples of a store; the engine must have been started.
 *
 * @throws {MissingError} If there is no store.
 * @throws {UsageError} If it has fewer samples than a batch.
 */
export async function measureLoading(
  model: TrainableModel,
  store: string,
  { batchSize, mode, steps, warmup }: MeasureStepsOptions,
): Promise<LoadingMeasurement> {
  await using data = await openTrainData(store);
  const state = uploadState(model.parameters, 0, initialParameters(model.parameters, 0));
  const task = {
    model,
    mode,
    seed: 0,
    steps: warmup + steps,
    batchSize,
    batch: (step: number) => data.batch({ seed: 0, step, batchSize }),
    learningRate: () => 1e-4,
    weightDecay: 1e-4,
  };
  const seconds: number[] = [];
  const waited: number[] = [];
  let loss = NaN;
  try {
    let before = performance.now();
    for await (const record of trainSteps(task, state)) {
      const now = performance.now();
      seconds.push((now - before) / 1000);
      waited.push(record.waited);
      loss = record.metrics["loss"]!;
      before = now;
    }
  } finally {
    disposeTree(state.tensors);
  }
  return {
    seconds: seconds.slice(warmup),
    firstStep: seconds[0]!,
    loss,
    waited: waited.slice(warmup),
  };
}
