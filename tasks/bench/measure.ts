/**
 * Measures training steps of one configuration in a process of its own, so that peak memory is its own.
 *
 * @module
 */

import { type BackendName, startEngine } from "../../lib/engine/backend.ts";
import { compile, type CompileMode } from "../../lib/engine/compile.ts";
import { peakMemory } from "../../lib/engine/native/peak_memory.ts";
import { disposeTree, uploadTree } from "../../lib/engine/tensors.ts";
import { type TensorTree, tf } from "../../lib/engine/tf.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { sampleShape } from "../../lib/spec/input.ts";
import { adamwScalars } from "../../lib/train/adamw.ts";
import { checkMemory, costProfile, stepCost } from "../../lib/train/estimate.ts";
import { flatLayout, packHost } from "../../lib/train/flat_layout.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { architectureOf, type PresetName } from "../../lib/train/presets.ts";
import { type TrainableModel, trainStep } from "../../lib/train/train_step.ts";
import { elementCount, float32, type NdArray } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";

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
export interface Measurement {
  /** Seconds of every timed step. */
  readonly seconds: readonly number[];
  /** Seconds from the start of the first step, compilation included, to its end. */
  readonly firstStep: number;
  /** Operations that the analytic count gives for one step. */
  readonly flops: number;
  /** Peak resident memory of the process in bytes. */
  readonly peakBytes: number;
  /** Tensors alive after the last step. */
  readonly tensors: number;
  /** Operations of the traced step; 0 if it is not compiled. */
  readonly operations: number;
  readonly loss: number;
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

  const layout = flatLayout(model.parameters);
  let state = initialState(model);
  const shape = [samples, ...sampleShape(input)];
  const batch = float32(shape, normals(drawKey(0, "bench"), elementCount(shape)));
  const run = compile(trainStep(model, layout), { name: "bench", mode: engine.compile });
  const seconds: number[] = [];
  let loss = NaN;
  for (let step = 0; step < configuration.warmup + configuration.steps; step++) {
    const start = performance.now();
    const inputs = uploadTree(stepInputs(model, batch, step, samples));
    const outputs = await run({ ...state, ...inputs });
    loss = (await outputs["metric/loss"]!.data())[0]!;
    disposeTree(inputs);
    state = moveOn(state, outputs);
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    seconds: seconds.slice(configuration.warmup),
    firstStep: seconds[0]!,
    flops: stepCost(model, profile, samples).flops,
    peakBytes: peakMemory(),
    tensors: tf.memory().numTensors,
    operations: run.sizes()[0] ?? 0,
    loss,
  };
}

function initialState(model: TrainableModel): TensorTree {
  const layout = flatLayout(model.parameters);
  const host = initialParameters(model.parameters, 0);
  const trained = new Set(layout.entries.map(({ name }) => name));
  const rest = Object.entries(host).filter(([name]) => !trained.has(name));
  return uploadTree({
    p: packHost(layout, host),
    m: float32([layout.size]),
    v: float32([layout.size]),
    ...Object.fromEntries(rest.map(([name, array]) => [`s/${name}`, array])),
  });
}

function stepInputs(
  model: TrainableModel,
  batch: NdArray<"float32">,
  step: number,
  samples: number,
): Record<string, NdArray<"float32" | "int32">> {
  const draws = model.draw({ seed: 0, step, firstSample: 0, samples });
  const hyper = adamwScalars(step + 1, 1e-4, 1e-4);
  return {
    "x/0": batch,
    ...Object.fromEntries(Object.entries(draws).map(([name, draw]) => [`draw/${name}`, draw])),
    ...Object.fromEntries(
      Object.entries(hyper).map(([name, value]) => [`hyper/${name}`, float32([], [value])]),
    ),
  };
}

function moveOn(state: TensorTree, outputs: TensorTree): TensorTree {
  const next: Record<string, TensorTree[string]> = { ...state };
  for (const [name, tensor] of Object.entries(outputs)) {
    if (name.startsWith("metric/")) tensor.dispose();
    else {
      state[name]!.dispose();
      next[name] = tensor;
    }
  }
  return next;
}

if (import.meta.main) {
  const configuration = JSON.parse(Deno.args[0]!) as Configuration;
  console.log(JSON.stringify(await measure(configuration)));
}
