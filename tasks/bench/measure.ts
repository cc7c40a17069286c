/**
 * Measures training steps of one configuration in a process of its own, so that peak memory is its
 * own.
 *
 * @module
 */

import { peakMemory, startEngine, tf } from "../../lib/engine/mod.ts";
import { checkMemory, measureSteps, stepCost, type StepMeasurement } from "../../lib/train/mod.ts";
import { measureLoading } from "./measure_loading.ts";
import { type Configuration, measuredModel } from "./work.ts";

/** What was found in one process of either side. */
export interface StepTimes extends Partial<StepMeasurement> {
  /** Seconds of every timed step. */
  readonly seconds: readonly number[];
  /** Seconds of the first step, compilation included. */
  readonly firstStep: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** Peak resident memory of the process in bytes. */
  readonly peakBytes: number;
  /** Ours: tensors alive after the last step. */
  readonly tensors?: number;
  /** Ours, from a store: seconds that every timed step waited for its batch. */
  readonly waited?: readonly number[];
  /** Theirs: version of PyTorch. */
  readonly version?: string;
  /** Theirs: the implementation of AdamW that was taken, and seconds of both. */
  readonly optimizer?: string;
  readonly optimizerSeconds?: Readonly<Record<string, number>>;
  /** Theirs: bytes that malloc mapped instead of keeping them in its heap; null if unknown. */
  readonly mappedBytes?: number | null;
  /** Theirs: page faults of every timed step. */
  readonly faults?: readonly number[];
}

/** Takes the steps. */
export async function measure(configuration: Configuration): Promise<StepTimes> {
  const { backend, batchSize, compile, steps, warmup, store } = configuration;
  const engine = await startEngine({ backend, compile });
  const model = measuredModel(configuration);
  checkMemory(engine.backend, batchSize, (size) => stepCost(model, size));
  const options = { batchSize, mode: engine.compile, steps, warmup };
  const measured = store === undefined
    ? await measureSteps(model, options)
    : await measureLoading(model, store, options);
  return { ...measured, peakBytes: peakMemory(), tensors: tf.memory().numTensors };
}

if (import.meta.main) {
  const configuration = JSON.parse(Deno.args[0]!) as Configuration;
  console.log(JSON.stringify(await measure(configuration)));
}
