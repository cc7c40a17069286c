/**
 * One training step as a pure function of trees of tensors, ready to be compiled whole.
 *
 * @module
 */

import {
  type Exchange,
  type HostArray,
  leavesOf,
  type StateDict,
  type Step,
  type Tensor,
  type TensorTree,
  tf,
  withLeaves,
  type Workers,
} from "../engine/mod.ts";
import type { Model, Objective, ObjectiveContext } from "../methods/mod.ts";
import { type FlatLayout, type FlatRun, packGradients, unpack } from "./flat_layout.ts";
import type { AdamwScalars, Moments, Optimizer } from "./optimizer.ts";

/** A model that can be trained. */
export type TrainableModel<Draws extends TensorTree = TensorTree> = Model<Draws> & {
  readonly objective: NonNullable<Model<Draws>["objective"]>;
};

/** Whether a model has a training objective. */
export function isTrainable<Draws extends TensorTree>(
  model: Model<Draws>,
): model is TrainableModel<Draws> {
  return model.objective !== undefined;
}

/** The entries of a state dict as training holds them. */
export type Weights = {
  /** The trainable ones in one vector; see flat_layout.ts. */
  readonly weights: Tensor;
  /** The others: position tables and running statistics. */
  readonly buffers: StateDict;
};

/** What a step moves on. */
export type TrainTensors = Weights & { readonly moments: Moments };

/** Samples and draws of a step. */
export type StepBatch<Draws extends TensorTree = TensorTree> = {
  /** One tensor a modality. */
  readonly inputs: readonly Tensor[];
  /** Labels, where the objective learns from them. */
  readonly targets?: Tensor;
  readonly draws: Draws;
};

/** What a step takes beside its state. */
export type StepInputs<Draws extends TensorTree = TensorTree> = StepBatch<Draws> & {
  readonly scalars: AdamwScalars;
  /** With other workers: 1 if this one wants to stop, else 0. */
  readonly stop?: Tensor;
};

/** What a step tells. */
export type StepResults = {
  /** Scalars: `loss`, `gradientNorm` and the method's own. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** With other workers: the share of them that want to stop. */
  readonly stop?: Tensor;
};

/** Scalars as numbers. */
export function scalarsOf(arrays: Readonly<Record<string, HostArray>>): Record<string, number> {
  return Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data[0]!]));
}

/** Options of {@linkcode trainStep}. */
export interface TrainStepOptions {
  readonly optimizer: Optimizer<AdamwScalars>;
  /** Workers that share the batch; the gradient is then that of the whole batch on all of them. */
  readonly workers?: Pick<Workers, "exchange"> | undefined;
}

/** Makes the step of a model: value, gradients, optimizer and running statistics. */
export function trainStep<Draws extends TensorTree>(
  model: TrainableModel<Draws>,
  layout: FlatLayout,
  { optimizer, workers }: TrainStepOptions,
): Step<TrainTensors, StepInputs<Draws>, StepResults> {
  return (state, { scalars, stop, ...batch }) => {
    const exchange = workers?.exchange();
    const { gather } = exchange ?? {};
    const { objective, gradients } = gradientsOf(model, layout, state, batch, gather);
    const own: Results = {
      buffers: objective.state,
      metrics: objective.metrics,
      loss: objective.loss,
      ...(stop === undefined ? {} : { stop }),
    };
    const packed = packGradients(layout, gradients);
    const { runs, results } = exchange === undefined
      ? { runs: packed, results: own }
      : workerMean(exchange, packed, own);
    const { norm, ...moved } = update(optimizer, runs, state, scalars);
    const { buffers, loss, metrics, ...rest } = results;
    return {
      state: { ...moved, buffers: { ...state.buffers, ...buffers } },
      results: { metrics: { loss, gradientNorm: norm, ...metrics }, ...rest },
    };
  };
}

/** What an objective gives, for the mean over the workers. */
type Results = {
  readonly buffers: StateDict;
  readonly metrics: Readonly<Record<string, Tensor>>;
  readonly loss: Tensor;
  readonly stop?: Tensor;
};

/**
 * Moves the weights that have a gradient, stretch by stretch; also gives the norm of the gradient.
 */
function update(
  { update }: Optimizer<AdamwScalars>,
  runs: readonly FlatRun[],
  { weights, moments: { first, second } }: TrainTensors,
  scalars: AdamwScalars,
): { readonly weights: Tensor; readonly moments: Moments; readonly norm: Tensor } {
  const sizes = runs.map((run) => run.size);
  const cut = (x: Tensor) => runs.length === 1 ? [x] : tf.split(x, sizes);
  const join = (parts: readonly Tensor[]) => parts.length === 1 ? parts[0]! : tf.concat([...parts]);
  const [p, m, v] = [cut(weights), cut(first), cut(second)];
  const squares: Tensor[] = [];
  const moved = runs.map(({ gradient }, i) => {
    const [parameters, moments] = [p[i]!, { first: m[i]!, second: v[i]! }];
    if (gradient === undefined) return { parameters, moments };
    const square = tf.square(gradient);
    squares.push(tf.sum(square));
    return update(gradient, moments, parameters, scalars, square);
  });
  return {
    weights: join(moved.map(({ parameters }) => parameters)),
    moments: {
      first: join(moved.map(({ moments }) => moments.first)),
      second: join(moved.map(({ moments }) => moments.second)),
    },
    norm: tf.sqrt(squares.length === 1 ? squares[0]! : tf.addN(squares)),
  };
}

/**
 * Averages gradients and results over all workers, as one flat vector in one exchange.
 *
 * @param runs Gradients of this worker; every worker has them for the same weights.
 * @param results Float tensors of this worker; of the same names and shapes everywhere.
 */
export function workerMean<T extends TensorTree>(
  exchange: Pick<Exchange, "mean">,
  runs: readonly FlatRun[],
  results: T,
): { readonly runs: readonly FlatRun[]; readonly results: T } {
  const gradients = runs.map((run) => run.gradient).filter((gradient) => gradient !== undefined);
  const parts = [...gradients, ...leavesOf(results)].map((x) => tf.reshape(x, [x.size]));
  const flat = exchange.mean(tf.concat(parts));
  const means = (tf.split(flat, parts.map((part) => part.size)) as Tensor[]).values();
  return {
    runs: runs.map((run) =>
      run.gradient === undefined ? run : { ...run, gradient: means.next().value }
    ),
    results: withLeaves(
      results,
      leavesOf(results).map(({ shape }) => tf.reshape(means.next().value!, shape)),
    ),
  };
}

/** What one evaluation of the objective with gradients gives. */
export interface Gradients {
  readonly objective: Objective;
  /** By name of the trainable tensor; undefined for tensors that the loss does not depend on. */
  readonly gradients: Readonly<Record<string, Tensor | undefined>>;
}

/**
 * Evaluates the objective and its gradients with respect to every trainable tensor.
 *
 * @param gather Brings the rows of all workers together; by default the batch is whole.
 */
export function gradientsOf<Draws extends TensorTree>(
  model: TrainableModel<Draws>,
  layout: FlatLayout,
  { weights: flat, buffers }: Weights,
  { inputs, targets, draws }: StepBatch<Draws>,
  gather?: ObjectiveContext["gather"],
): Gradients {
  const weights = unpack(layout, flat);
  const parameters = { ...buffers, ...weights };
  let objective: Objective | undefined;
  const { value, grads } = tf.engine().gradients(
    () => {
      objective = model.objective(parameters, inputs, draws, { gather, targets });
      // The tape's own scope would dispose of everything but the loss.
      for (const kept of Object.values({ ...objective.metrics, ...objective.state })) tf.keep(kept);
      return objective.loss;
    },
    layout.entries.map(({ name }) => weights[name]!),
    undefined,
    true,
  );
  return {
    objective: { ...objective!, loss: value },
    gradients: Object.fromEntries(layout.entries.map(({ name }, i) => [name, grads[i]])),
  };
}
