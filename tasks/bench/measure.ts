/**
 * Measures training steps of one configuration in a process of its own, so that peak memory is its own.
 *
 * @module
 */

import { type BackendName, startEngine } from "../../lib/engine/backend.ts";
import type { CompileMode } from "../../lib/engine/compile.ts";
import { peakMemory } from "../../lib/engine/native/peak_memory.ts";
import { tf } from "../../lib/engine/tf.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { checkMemory, costProfile, stepCost } from "../../lib/train/estimate.ts";
import { architectureOf, type PresetName } from "../../lib/train/presets.ts";
import { measureSteps, type StepMeasurement } from "../../lib/train/measure_step.ts";
import type { TrainableModel } from "../../lib/train/train_step.ts";

/** What is measured. */
export interface Configuration {
  readonly backend: BackendName;
  readonly compile: CompileMode;
  readonly method: string;
  readonly firstOrder: boolean;
  readonly preset: PresetName;
  readonly batchSize: number;
  /** Steps that are timed, after the warm-up. */
  readonly steps: number;
  readonly warmup: number;
}

/** What was found. */
export interface Measurement extends StepMeasurement {
  /** Operations that the analytic count gives for one step. */
  readonly flops: number;
  /** Peak resident memory of the process in bytes. */
  readonly peakBytes: number;
  /** Tensors alive after the last step. */
  readonly tensors: number;
}

/** The published PAMAP2 setting: 52 channels, 320 steps, 64 patches, mask ratio 0.85. */
const input: InputSpec = { kind: "series", channels: 52, length: 320, patch: 5 };
const maskRatio = 0.85;

/** Takes the steps. */
export async function measure(configuration: Configuration): Promise<Measurement> {
  const { backend, batchSize: samples, preset, firstOrder } = configuration;
  const engine = await startEngine({ backend, compile: configuration.compile });
  const method = findMethod(configuration.method);
  const options = method.options.parse({
    maskRatio,
    ...(configuration.method === "metamae" ? { firstOrder, contrastWeight: 1 } : {}),
  }) as Record<string, unknown>;
  const model = method.build([input], architectureOf(preset, "metamae"), options) as TrainableModel;
  const profile = costProfile(model, options);
  checkMemory(engine.backend, samples, (size) => stepCost(model, profile, size));

  const { steps, warmup } = configuration;
  const measured = await measureSteps(model, {
    ...{ batchSize: samples, mode: engine.compile, steps, warmup },
  });
  return {
    ...measured,
    flops: stepCost(model, profile, samples).flops,
    peakBytes: peakMemory(),
    tensors: tf.memory().numTensors,
  };
}

if (import.meta.main) {
  const configuration = JSON.parse(Deno.args[0]!) as Configuration;
  console.log(JSON.stringify(await measure(configuration)));
}
