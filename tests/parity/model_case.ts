/**
 * What the recorded cases of all trained methods have in common: weights, gradients, optimizer
 * steps.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { createStepper } from "../../lib/engine/step/stepper.ts";
import { disposeTree } from "../../lib/engine/backend/tensors.ts";
import type { Tensor } from "../../lib/engine/backend/tf.ts";
import type { HostTree, TensorTree } from "../../lib/engine/backend/tree.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import { flatLayout, packHost } from "../../lib/train/flat_layout.ts";
import { adamw } from "../../lib/train/optimizer.ts";
import type { HostParameters } from "../../lib/train/parameters.ts";
import { downloadState, type HostState, uploadState } from "../../lib/train/train_state.ts";
import {
  gradientsOf,
  type StepBatch,
  type TrainableModel,
  trainStep,
  type Weights,
} from "../../lib/train/train_step.ts";
import { float32, type NdArray } from "../../lib/util/ndarray.ts";
import { type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import type { Quantity, Tally } from "./tolerance.ts";

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
export async function runOnce<Inputs extends TensorTree, Results extends TensorTree>(
  f: (inputs: Inputs) => Results,
  inputs: HostTree<Inputs>,
  mode: CompileMode,
): Promise<HostTree<Results>> {
  const stepper = createStepper(
    (_: Readonly<Record<string, never>>, inputs: Inputs) => ({ results: f(inputs) }),
    { name: "parity", mode },
  );
  const { results } = await stepper.run({}, inputs);
  stepper.dispose();
  return results;
}

/** What a step of a case is taken on. */
export interface RecordedStep<Draws extends TensorTree> {
  readonly model: TrainableModel<Draws>;
  /** The recorded state dict. */
  readonly state: HostParameters;
  readonly batch: HostTree<StepBatch<Draws>>;
}

/**
 * Compares the gradients of every trainable tensor, each one and all together; those that vanish
 * analytically are left out, as rounding decides what they are.
 */
export async function compareGradients<Draws extends TensorTree>(
  tally: Tally,
  fixture: FixtureCase,
  { model, state, batch }: RecordedStep<Draws>,
  group: string,
  quantity: Quantity,
  mode: CompileMode,
): Promise<void> {
  const layout = flatLayout(model.parameters);
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  const weights: HostTree<Weights> = {
    weights: packHost(layout, state),
    buffers: Object.fromEntries(fixed.map(({ name }) => [name, state[name]!])),
  };
  type Inputs = { readonly weights: Weights; readonly batch: StepBatch<Draws> };
  const { gradients: host } = await runOnce(
    ({ weights, batch }: Inputs) => {
      const { gradients, objective } = gradientsOf(model, layout, weights, batch);
      const given = Object.entries(gradients)
        .filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
      // The objective's other results are kept for the caller; as outputs they are freed below.
      const { metrics, state } = objective;
      return { gradients: Object.fromEntries(given), metrics, state };
    },
    { weights, batch } as HostTree<Inputs>,
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
export async function compareSteps<Draws extends TensorTree>(
  tally: Tally,
  fixture: FixtureCase,
  { model, state, batch }: RecordedStep<Draws>,
  names: StepNames,
  mode: CompileMode,
): Promise<void> {
  const { lr, weight_decay: weightDecay } = fixture.document.optimizer as {
    readonly lr: number;
    readonly weight_decay: number;
  };
  const optimizer = adamw({ weightDecay });
  const step = trainStep(model, flatLayout(model.parameters), { optimizer });
  const stepper = createStepper(step, { name: "parity_step", mode });
  const reached = uploadState(model.parameters, 0, state);
  const losses: number[] = [];
  for (let t = 1; t <= 3; t++) {
    const inputs = { ...batch, scalars: optimizer.scalars(t, lr) };
    const next = await stepper.run(reached.tensors, inputs as Parameters<typeof stepper.run>[1]);
    reached.tensors = next.state;
    losses.push(next.results.metrics["loss"]!.data[0]!);
    if (!(names.recorded ?? [1, 3]).includes(t)) continue;
    compareAfter(
      tally,
      fixture,
      model,
      await downloadState(model.parameters, reached),
      names,
      t,
      lr,
    );
  }
  disposeTree(reached.tensors);
  stepper.dispose();
  const recorded = (fixture.scalars[names.losses] as number[]).slice(0, 3);
  tally.compare(names.losses, losses, recorded, "loss");
}

function compareAfter(
  tally: Tally,
  fixture: FixtureCase,
  { parameters: specs }: Pick<TrainableModel, "parameters">,
  { parameters }: HostState,
  names: StepNames,
  steps: number,
  learningRate: number,
): void {
  const absent = withoutGradient(fixture);
  for (const { name } of specs.filter(({ trainable }) => trainable)) {
    if (fixture.vanishing.includes(name)) continue;
    const label = `${names.after(steps)}/${name}`;
    if (absent.has(name)) {
      tally.compare(label, parameters[name]!.data, numbersOf(fixture, label), "exact");
      continue;
    }
    tally.compareUpdated(label, parameters[name]!.data, numbersOf(fixture, label), {
      learningRate,
      steps,
      gradient: numbersOf(fixture, `${names.gradient}/${name}`),
    });
  }
  for (const { name } of specs.filter(({ trainable }) => !trainable)) {
    const label = `${names.after(steps)}/${name}`;
    if (!fixture.tensors.has(label)) continue;
    tally.compare(label, parameters[name]!.data, numbersOf(fixture, label), "runningStatistic");
  }
}
