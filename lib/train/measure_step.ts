/**
 * Measuring training steps on invented samples, to know how long a run will take on this machine.
 *
 * @module
 */

import {
  compile,
  type CompileMode,
  disposeTree,
  type TensorTree,
  uploadTree,
} from "../engine/mod.ts";
import { type InputSpec, sampleShape } from "../spec/mod.ts";
import {
  drawKey,
  elementCount,
  float32,
  int32,
  integer,
  type NdArray,
  normals,
} from "../util/mod.ts";
import { adamwScalars } from "./adamw.ts";
import { flatLayout, packHost } from "./flat_layout.ts";
import { initialParameters } from "./parameters.ts";
import { type TrainableModel, trainStep } from "./train_step.ts";

/** Options of {@linkcode measureSteps}. */
export interface MeasureStepsOptions {
  readonly batchSize: number;
  readonly mode: CompileMode;
  /** Steps that are timed. */
  readonly steps: number;
  /** Steps before them; the first one compiles. */
  readonly warmup: number;
}

/** What was found. */
export interface StepMeasurement {
  /** Seconds of every timed step. */
  readonly seconds: readonly number[];
  /** Seconds of the first step, compilation included. */
  readonly firstStep: number;
  /** Operations of the traced step; 0 if it is not compiled. */
  readonly operations: number;
  /** Loss of the last step. */
  readonly loss: number;
}

/** Takes training steps on random samples and measures each; the engine must have been started. */
export async function measureSteps(
  model: TrainableModel,
  { batchSize: samples, mode, steps, warmup }: MeasureStepsOptions,
): Promise<StepMeasurement> {
  const layout = flatLayout(model.parameters);
  const batch = model.inputs.map((input, k) => [`x/${k}`, randomBatch(input, samples)] as const);
  const run = compile(trainStep(model, layout), { name: "measured step", mode });
  let state = initialState(model);
  const seconds: number[] = [];
  let loss = NaN;
  try {
    for (let step = 0; step < warmup + steps; step++) {
      const start = performance.now();
      const inputs = uploadTree({
        ...Object.fromEntries(batch),
        ...stepInputs(model, step, samples),
      });
      const outputs = await run({ ...state, ...inputs });
      loss = (await outputs["metric/loss"]!.data())[0]!;
      disposeTree(inputs);
      state = moveOn(state, outputs);
      seconds.push((performance.now() - start) / 1000);
    }
    return {
      seconds: seconds.slice(warmup),
      firstStep: seconds[0]!,
      operations: run.sizes()[0] ?? 0,
      loss,
    };
  } finally {
    disposeTree(state);
    run.dispose();
  }
}

function randomBatch(input: InputSpec, samples: number): NdArray<"float32" | "int32"> {
  const shape = [samples, ...sampleShape(input)];
  const size = elementCount(shape);
  const key = drawKey(0, "measured step");
  if (input.kind !== "tokens") return float32(shape, normals(key, size));
  return int32(
    shape,
    Int32Array.from({ length: size }, (_, i) => integer(key, i, input.vocabulary)),
  );
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
  step: number,
  samples: number,
): Record<string, NdArray<"float32" | "int32">> {
  const draws = model.draw({ seed: 0, step, firstSample: 0, samples });
  const hyper = adamwScalars(step + 1, 1e-4, 1e-4);
  return {
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
