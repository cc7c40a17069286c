/**
 * One training step as a pure function of named tensors, ready to be compiled whole.
 *
 * | input | |
 * |---|---|
 * | `p`, `m`, `v` | trainable weights and their moments, flat (see flat_layout.ts) |
 * | `s/<name>` | other entries of the state dict |
 * | `x/<k>` | batch of modality k |
 * | `draw/<name>` | draws of the step; `draw/targets`: labels, where the objective learns from them |
 * | `hyper/<name>` | numbers that change from step to step (see adamw.ts) |
 * | `stop` | with other workers: 1 if this one wants to stop, else 0 |
 *
 * | output | |
 * |---|---|
 * | `p`, `m`, `v` | their new values |
 * | `s/<name>` | new values of the entries that the step changed |
 * | `metric/<name>` | scalars: `loss`, `gradientNorm` and the method's own |
 * | `stop` | with other workers: the share of them that want to stop |
 *
 * @module
 */

import {
  type Tensor,
  type TensorFunction,
  type TensorTree,
  tf,
  type Workers,
} from "../engine/mod.ts";
import type { Gather, Model, Objective } from "../methods/mod.ts";
import { adamw, type AdamwOptions, type AdamwScalars, type AdamwState } from "./adamw.ts";
import { type FlatLayout, packGradients, unpack } from "./flat_layout.ts";
import { workerMean } from "./worker_mean.ts";

/** A model that can be trained. */
export type TrainableModel = Model & { readonly objective: NonNullable<Model["objective"]> };

/** Whether a model has a training objective. */
export function isTrainable(model: Model): model is TrainableModel {
  return model.objective !== undefined;
}

/** Options of {@linkcode trainStep}. */
export interface TrainStepOptions {
  readonly adamw?: AdamwOptions;
  /** Workers that share the batch; the gradient is then that of the whole batch on all of them. */
  readonly workers?: Pick<Workers, "exchange"> | undefined;
}

/** Makes the step of a model: value, gradients, optimizer and running statistics. */
export function trainStep(
  model: TrainableModel,
  layout: FlatLayout,
  { adamw: adamwOptions, workers }: TrainStepOptions = {},
): TensorFunction {
  return (inputs) => {
    const exchange = workers?.exchange();
    const { objective, gradients } = gradientsOf(model, layout, inputs, exchange?.gather);
    let runs = packGradients(layout, gradients);
    let results: TensorTree = {
      ...prefixed("s/", objective.state),
      ...prefixed("metric/", objective.metrics),
      "metric/loss": objective.loss,
    };
    if (exchange !== undefined) {
      ({ runs, results } = workerMean(exchange, runs, { ...results, stop: inputs["stop"]! }));
    }
    const scalars: AdamwScalars<Tensor> = {
      decay: inputs["hyper/decay"]!,
      stepSize: inputs["hyper/stepSize"]!,
      rootCorrection: inputs["hyper/rootCorrection"]!,
    };
    const sizes = runs.map((run) => run.size);
    const cut = (name: string) =>
      runs.length === 1 ? [inputs[name]!] : tf.split(inputs[name]!, sizes);
    const [p, m, v] = [cut("p"), cut("m"), cut("v")];
    const squares: Tensor[] = [];
    const states = runs.map(({ gradient }, i): AdamwState => {
      const state = { parameters: p[i]!, firstMoment: m[i]!, secondMoment: v[i]! };
      if (gradient === undefined) return state;
      const square = tf.square(gradient);
      squares.push(tf.sum(square));
      return adamw(state, gradient, scalars, adamwOptions, square);
    });
    const join = (field: keyof AdamwState) =>
      states.length === 1 ? states[0]![field] : tf.concat(states.map((state) => state[field]));
    return {
      p: join("parameters"),
      m: join("firstMoment"),
      v: join("secondMoment"),
      ...results,
      "metric/gradientNorm": tf.sqrt(squares.length === 1 ? squares[0]! : tf.addN(squares)),
    };
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
 * @param inputs The inputs of the step; `m`, `v` and `hyper/` are not read.
 * @param gather Brings the rows of all workers together; by default the batch is whole.
 */
export function gradientsOf(
  model: TrainableModel,
  layout: FlatLayout,
  inputs: TensorTree,
  gather?: Gather,
): Gradients {
  const weights = unpack(layout, inputs["p"]!);
  const parameters = { ...stripped("s/", inputs), ...weights };
  const batch = model.inputs.map((_, k) => inputs[`x/${k}`]!);
  const draws = stripped("draw/", inputs);
  let objective: Objective | undefined;
  const { value, grads } = tf.engine().gradients(
    () => {
      objective = model.objective(parameters, batch, draws, gather);
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

/** Names of a tree with a prefix put before each. */
export function prefixed(prefix: string, tree: TensorTree): TensorTree {
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [prefix + name, value]));
}

/** The entries of a tree whose names start with a prefix, without it. */
export function stripped(prefix: string, tree: TensorTree): TensorTree {
  return Object.fromEntries(
    Object.entries(tree).filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}
