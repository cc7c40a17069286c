/**
 * Measuring training steps on invented samples, to know how long a run will take on this machine.
 *
 * @module
 */

import { type CompileMode, createStepper, disposeTree, type HostArray } from "../engine/mod.ts";
import { type InputSpec, sampleShape } from "../spec/mod.ts";
import { drawKey, elementCount, float32, int32, integer, normals } from "../util/mod.ts";
import { flatLayout } from "./flat_layout.ts";
import { adamw } from "./optimizer.ts";
import { initialParameters } from "./parameters.ts";
import { uploadState } from "./train_state.ts";
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
  const optimizer = adamw({ weightDecay: 1e-4 });
  const step = trainStep(model, flatLayout(model.parameters), { optimizer });
  const stepper = createStepper(step, { name: "measured step", mode });
  const inputs = model.inputs.map((input) => randomBatch(input, samples));
  let { tensors } = uploadState(model.parameters, 0, initialParameters(model.parameters, 0));
  const seconds: number[] = [];
  let loss = NaN;
  try {
    for (let step = 0; step < warmup + steps; step++) {
      const start = performance.now();
      const draws = model.draw({ seed: 0, step, firstSample: 0, samples });
      const scalars = optimizer.scalars(step + 1, 1e-4);
      const { state, results } = await stepper.run(tensors, { inputs, draws, scalars });
      tensors = state;
      loss = results.metrics["loss"]!.data[0]!;
      seconds.push((performance.now() - start) / 1000);
    }
    return {
      seconds: seconds.slice(warmup),
      firstStep: seconds[0]!,
      operations: stepper.operations(),
      loss,
    };
  } finally {
    disposeTree(tensors);
    stepper.dispose();
  }
}

function randomBatch(input: InputSpec, samples: number): HostArray {
  const shape = [samples, ...sampleShape(input)];
  const size = elementCount(shape);
  const key = drawKey(0, "measured step");
  if (input.kind !== "tokens") return float32(shape, normals(key, size));
  return int32(
    shape,
    Int32Array.from({ length: size }, (_, i) => integer(key, i, input.vocabulary)),
  );
}
