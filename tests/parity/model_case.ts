/**
 * What the recorded cases of all trained methods have in common: weights, gradients, optimizer steps.
 *
 * @module
 */

import {
  compile,
  type CompileMode,
  type TensorFunction,
} from "../../lib/engine/backend/compile.ts";
import { disposeTree, downloadTree, upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import type { Tensor, TensorTree } from "../../lib/engine/backend/tf.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import { adamwScalars } from "../../lib/train/adamw.ts";
import { flatLayout, packHost, unpackHost } from "../../lib/train/flat_layout.ts";
import {
  gradientsOf,
  prefixed,
  type TrainableModel,
  trainStep,
} from "../../lib/train/train_step.ts";
import { float32, type NdArray } from "../../lib/util/ndarray.ts";
import { type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import type { Quantity, Tally } from "./tolerance.ts";

/** Named arrays on the host. */
export type HostTree = Readonly<Record<string, NdArray<"float32" | "int32">>>;

/** The recorded state dict. */
export function stateOf(
  fixture: FixtureCase,
  specs: readonly ParameterSpec[],
): Readonly<Record<string, NdArray<"float32">>> {
  return Object.fromEntries(specs.map(({ name, shape }) => [
    name,
    float32(shape, float32Of(fixture, `state/${name}`).data),
  ]));
}

/** Runs a pure function once on host arrays, compiled as asked. */
export async function runOnce(
  f: TensorFunction,
  inputs: HostTree,
  mode: CompileMode,
): Promise<HostTree> {
  const run = compile(f, { name: "parity", mode });
  const tensors = uploadTree(inputs);
  const outputs = await run(tensors);
  const host = await downloadTree(outputs);
  disposeTree(tensors, outputs);
  run.dispose();
  return host;
}

/** Inputs of a training step of the case, without moments. */
export function stepInputs(
  model: TrainableModel,
  state: Readonly<Record<string, NdArray<"float32">>>,
  batch: readonly NdArray<"float32" | "int32">[],
  draws: HostTree,
): HostTree {
  const layout = flatLayout(model.parameters);
  const trainableNames = new Set(layout.entries.map(({ name }) => name));
  const rest = Object.entries(state).filter(([name]) => !trainableNames.has(name));
  return {
    p: packHost(layout, state),
    ...Object.fromEntries(rest.map(([name, array]) => [`s/${name}`, array])),
    ...Object.fromEntries(batch.map((array, k) => [`x/${k}`, array])),
    ...Object.fromEntries(Object.entries(draws).map(([name, array]) => [`draw/${name}`, array])),
  };
}

/**
 * Compares the gradients of every trainable tensor, each one and all together; those that vanish
 * analytically are left out, as rounding decides what they are.
 */

export async function compareGradients(
  tally: Tally,
  fixture: FixtureCase,
  model: TrainableModel,
  inputs: HostTree,
  group: string,
  quantity: Quantity,
  mode: CompileMode,
): Promise<void> {
  const layout = flatLayout(model.parameters);
  const host = await runOnce(
    (tensors) => {
      const { gradients, objective } = gradientsOf(model, layout, tensors);
      const given = Object.entries(gradients)
        .filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
      // The objective's other results are kept for the caller; as outputs they are freed below.
      return {
        ...Object.fromEntries(given),
        ...prefixed("metric/", objective.metrics),
        ...prefixed("s/", objective.state),
      };
    },
    inputs,
    mode,
  );
  const absent = withoutGradient(fixture);
  const given = layout.entries.filter(({ name }) => !fixture.vanishing.includes(name));
  for (const { name } of given) {
    if (absent.has(name) && name in host) tally.compare(`${group}/${name}`, [1], [0], "exact");
  }
  const pairs = given.filter(({ name }) => !absent.has(name)).map(({ name }) => {
    const recorded = numbersOf(fixture, `${group}/${name}`);
    const actual = (host[name]?.data ?? []) as ArrayLike<number>;
    tally.compare(`${group}/${name}`, actual, recorded, quantity);
    return [actual, recorded] as const;
  });
  tally.compareWhole(`${group} (all tensors)`, pairs);
}

/** Tensors that the objective does not reach; the optimizer leaves them as they are. */
function withoutGradient({ document }: FixtureCase): ReadonlySet<string> {
  return new Set(document.parameters_without_gradient as readonly string[] | undefined);
}

/** Names of what was recorded of the optimizer steps. */
export interface StepNames {
  /** Group of the weights after a number of steps. */
  readonly after: (step: number) => string;
  /** Numbers of steps after which weights were recorded; 1 and 3 if not given. */
  readonly recorded?: readonly number[];
  /** Group of the gradients of the first step. */
  readonly gradient: string;
  /** Scalar with the losses. */
  readonly losses: string;
}

/** Takes three AdamW steps on the same batch and draws; compares losses, weights, statistics. */
export async function compareSteps(
  tally: Tally,
  fixture: FixtureCase,
  model: TrainableModel,
  inputs: HostTree,
  names: StepNames,
  mode: CompileMode,
): Promise<void> {
  const optimizer = fixture.document.optimizer as { lr: number; weight_decay: number };
  const layout = flatLayout(model.parameters);
  const zeros = () => float32([layout.size]);
  const step = compile(trainStep(model, layout), { name: "parity_step", mode });
  const data = uploadTree(inputs);
  let state: TensorTree = {
    ...Object.fromEntries(Object.entries(data).filter(([name]) => /^(p$|s\/)/.test(name))),
    ...uploadTree({ m: zeros(), v: zeros() }),
  };
  const batch = Object.fromEntries(
    Object.entries(data).filter(([name]) => /^(x|draw)\//.test(name)),
  );
  const losses: number[] = [];
  for (let t = 1; t <= 3; t++) {
    const scalars = Object.entries(adamwScalars(t, optimizer.lr, optimizer.weight_decay));
    const hyper = Object.fromEntries(
      scalars.map(([name, value]) => [`hyper/${name}`, upload(float32([], [value]))]),
    );
    const outputs = await step({ ...state, ...batch, ...hyper });
    const host = await downloadTree(outputs);
    losses.push(Number(host["metric/loss"]!.data[0]));
    const metrics = Object.entries(outputs).filter(([name]) => name.startsWith("metric/"));
    const moved = Object.fromEntries(Object.entries(outputs).filter(([n]) => !/^metric/.test(n)));
    const replaced = Object.fromEntries(Object.entries(state).filter(([name]) => name in moved));
    disposeTree(replaced, hyper, Object.fromEntries(metrics));
    state = { ...state, ...moved };
    if ((names.recorded ?? [1, 3]).includes(t)) {
      compareAfter(tally, fixture, layout, host, names, t, optimizer.lr);
    }
  }
  disposeTree(state, batch);
  step.dispose();
  const recorded = (fixture.scalars[names.losses] as number[]).slice(0, 3);
  tally.compare(names.losses, losses, recorded, "loss");
}

function compareAfter(
  tally: Tally,
  fixture: FixtureCase,
  layout: ReturnType<typeof flatLayout>,
  host: HostTree,
  names: StepNames,
  steps: number,
  learningRate: number,
): void {
  const weights = unpackHost(layout, host["p"] as NdArray<"float32">);
  const absent = withoutGradient(fixture);
  for (const { name } of layout.entries) {
    if (fixture.vanishing.includes(name)) continue;
    const label = `${names.after(steps)}/${name}`;
    if (absent.has(name)) {
      tally.compare(label, weights[name]!.data, numbersOf(fixture, label), "exact");
      continue;
    }
    tally.compareUpdated(label, weights[name]!.data, numbersOf(fixture, label), {
      learningRate,
      steps,
      gradient: numbersOf(fixture, `${names.gradient}/${name}`),
    });
  }
  for (const [name, array] of Object.entries(host)) {
    if (!name.startsWith("s/")) continue;
    const label = `${names.after(steps)}/${name.slice(2)}`;
    const values = array.data as ArrayLike<number>;
    tally.compare(label, values, numbersOf(fixture, label), "runningStatistic");
  }
}
