/**
 * A pretrained model with a linear head, trained end to end with labels.
 *
 * @module
 */

import type { StateDict, Tensor } from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import {
  dropoutDraw,
  type DropoutDraws,
  isHeadEntry,
  keyedDropout,
  taskHeadSpecs,
  taskLoss,
  taskScores,
} from "../nn/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import type { TrainableModel } from "./train_step.ts";

/** A model that predicts labels. */
export interface FinetuneModel extends TrainableModel<DropoutDraws> {
  readonly task: TaskSpec;
  /** Scores (N, outputs) in evaluation mode, or (N L, outputs) for a per-token task. */
  scores(parameters: StateDict, inputs: readonly Tensor[]): Tensor;
}

/**
 * The same model with the entries of a head in its state dict, in place of another head's: what a
 * fine-tuned run holds.
 */
export function withTaskHead(model: Model, task: TaskSpec): Model {
  const body = model.parameters.filter(({ name }) => !isHeadEntry(name));
  const head = taskHeadSpecs(model.architecture.encoderWidth, task);
  return { ...model, parameters: [...body, ...head] };
}

/**
 * The model of a fine-tuning run. Its state dict is that of {@linkcode withTaskHead}; what the
 * features do not depend on, such as a decoder, keeps its values.
 */
export function finetuneModel(model: Model, task: TaskSpec): FinetuneModel {
  const { inputs, architecture, encode, pool } = model;
  const scoresOf = (parameters: StateDict, latents: Tensor) =>
    taskScores(parameters, latents, pool, task);
  return {
    inputs,
    architecture,
    task,
    parameters: withTaskHead(model, task).parameters,
    draw: dropoutDraw,
    objective(parameters, tensors, draws, { targets } = {}) {
      const dropout = keyedDropout(draws, architecture.dropout);
      const scores = scoresOf(parameters, encode(parameters, tensors, dropout));
      const loss = taskLoss(scores, targets!, task);
      return { loss, metrics: {}, state: {} };
    },
    encode,
    pool,
    scores: (parameters, tensors) => scoresOf(parameters, encode(parameters, tensors)),
  };
}
