/**
 * The linear probe against a recorded run of the published evaluation.
 *
 * @module
 */

import {
  fitLinearProbe,
  joinHead,
  type LinearHead,
  probeGradient,
  probeLearningRate,
  probeLoss,
  probeOptimizer,
  type ProbeState,
  probeStep,
  probeTargets,
  splitHead,
} from "../../lib/evaluate/linear_probe.ts";
import { type ProbeData, withOnes } from "../../lib/evaluate/probe_data.ts";
import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { createStepper } from "../../lib/engine/step/stepper.ts";
import { disposeTree, download, uploadTree } from "../../lib/engine/backend/tensors.ts";
import type { Tensor } from "../../lib/engine/backend/tf.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import type { AdamScalars } from "../../lib/train/optimizer.ts";
import type { NdArray } from "../../lib/util/ndarray.ts";
import {
  type CaseResult,
  type FixtureCase,
  float32Of,
  int32Of,
  numbersOf,
  taskOf,
  tensorOf,
} from "./fixture_case.ts";
import { createTally, type Tally } from "./tolerance.ts";

/** Runs a case of kind `linear_probe`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const task = taskOf(fixture);
  const [train, test] = [dataOf(fixture, "train", task), dataOf(fixture, "test", task)];
  const [epochs, iterations, batchSize] = tensorOf(fixture, "order").shape as [
    number,
    number,
    number,
  ];
  const initial = headOf(fixture, "init");
  const order = numbersOf(fixture, "order");
  const perEpoch = iterations * batchSize;

  await compareSteps(tally, fixture, task, train, order, batchSize);
  const fit = await fitLinearProbe(train, test, {
    task,
    epochs,
    batchSize,
    seed: fixture.seed,
    initial,
    compile: mode,
    order: (epoch) => order.subarray(epoch * perEpoch, (epoch + 1) * perEpoch),
  });
  compareHead(tally, fixture, "final", fit.head);
  const recorded = fixture.scalars.test_metric_per_epoch_4_decimals as number[];
  const rounded = fit.history.map(({ metric }) => Number((metric ?? NaN).toFixed(4)));
  tally.compare("test_metric_per_epoch", rounded, recorded, "exact");
  return tally.result();
}

/** Follows the first ten steps one by one. */
async function compareSteps(
  tally: Tally,
  fixture: FixtureCase,
  task: TaskSpec,
  train: ProbeData,
  order: Float64Array,
  batchSize: number,
): Promise<void> {
  const loss = probeLoss(task);
  const joined = joinHead(headOf(fixture, "init"));
  type Batch = {
    readonly features: Tensor;
    readonly targets: Tensor;
    readonly scalars: AdamScalars;
  };
  const stepper = createStepper(
    (state: ProbeState, { features, targets, scalars }: Batch) => ({
      state: probeStep(state, features, targets, scalars, loss),
      results: probeGradient(state.head, features, targets, loss),
    }),
    { name: "parity_probe", mode: "off" },
  );
  let state = uploadTree({ head: joined, moments: probeOptimizer.init(joined) });
  for (let step = 0; step < 10; step++) {
    const rows = order.subarray(step * batchSize, (step + 1) * batchSize);
    const next = await stepper.run(state, {
      features: withOnes(train.features, rows),
      targets: probeTargets(train, rows, task),
      scalars: probeOptimizer.scalars(step + 1, probeLearningRate),
    });
    ({ state } = next);
    if (step === 0) {
      compareHead(tally, fixture, "grad_step1", splitHead(next.results as NdArray<"float32">));
    }
    if (step === 0 || step === 9) {
      const head = splitHead(await download(state.head) as NdArray<"float32">);
      compareHead(tally, fixture, `after_step${step + 1}`, head);
    }
  }
  disposeTree(state);
  stepper.dispose();
}

function compareHead(tally: Tally, fixture: FixtureCase, name: string, head: LinearHead): void {
  for (const part of ["weight", "bias"] as const) {
    const key = `${name}/${part}`;
    tally.compare(key, head[part].data, numbersOf(fixture, key), "probe");
  }
}

function headOf(fixture: FixtureCase, name: string): LinearHead {
  return { weight: float32Of(fixture, `${name}/weight`), bias: float32Of(fixture, `${name}/bias`) };
}

function dataOf(fixture: FixtureCase, split: string, task: TaskSpec): ProbeData {
  const read = task.kind === "regression" ? float32Of : int32Of;
  return { features: float32Of(fixture, `${split}/x`), labels: read(fixture, `${split}/y`) };
}
