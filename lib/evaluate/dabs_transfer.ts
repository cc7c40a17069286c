/**
 * One step of the DABS transfer protocol, as a pure function of tensors.
 *
 * A linear head is trained on a frozen encoder whose features are computed anew in every step, with the
 * encoder's dropout active: the reference switches it to training mode along with the head. The head
 * learns by AdamW with decoupled weight decay, from logits (binary cross-entropy included), where the
 * linear probe of MetaMAE uses Adam with coupled decay on fixed features.
 *
 * @module
 */

import { type StateDict, type Step, type Tensor, tf } from "../engine/mod.ts";
import type { Dropout, Model } from "../methods/mod.ts";
import { type DropoutDraws, keyedDropout, taskLoss, withoutCls } from "../nn/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { adamw, type AdamwScalars, type Moments } from "../train/mod.ts";

/** Learning rate of the published protocol. */
export const transferLearningRate = 1e-4;
/** Decoupled weight decay of the published protocol. */
export const transferWeightDecay = 1e-4;
/** The optimizer of the published protocol. */
export const transferOptimizer = adamw({ weightDecay: transferWeightDecay });

/** What a step moves on, and the encoder, which stays. */
export type TransferState = {
  /** Head (D + 1, outputs), the last row its bias. */
  readonly head: Tensor;
  readonly moments: Moments;
  /** Frozen state dict of the encoder. */
  readonly parameters: StateDict;
};

/** What a step takes. */
export type TransferInputs = {
  /** One tensor a modality. */
  readonly inputs: readonly Tensor[];
  /** Class ids (rows) int32, or (rows, outputs) float32. */
  readonly targets: Tensor;
  readonly draws: DropoutDraws;
  readonly scalars: AdamwScalars;
};

/**
 * Rows that the head sees: pooled features (N, D + 1), or those of all tokens without CLS
 * (N L, D + 1) for a per-token task, with a column of ones for the bias.
 *
 * @param dropout Dropout of the encoder; none is evaluation mode.
 */
export function transferFeatures(
  model: Model,
  parameters: StateDict,
  inputs: readonly Tensor[],
  task: TaskSpec,
  dropout?: Dropout,
): Tensor {
  const latents = model.encode(parameters, inputs, dropout);
  const features = task.kind === "per-token" ? withoutCls(latents) : model.pool(latents);
  const rows = tf.reshape(features, [-1, latents.shape[2]!]);
  return tf.concat([rows, tf.ones([rows.shape[0]!, 1])], 1);
}

/** Scores (rows, outputs) of rows with their column of ones. */
export function transferScores(head: Tensor, features: Tensor): Tensor {
  return tf.matMul(features as tf.Tensor2D, head as tf.Tensor2D);
}

/** Loss of a head and its gradient (D + 1, outputs), for the features of a batch. */
export function transferGradient(
  head: Tensor,
  features: Tensor,
  targets: Tensor,
  task: TaskSpec,
): { readonly loss: Tensor; readonly gradient: Tensor } {
  const lossOf = (head: Tensor) => taskLoss(transferScores(head, features), targets, task);
  const { value, grad } = tf.valueAndGrad(lossOf)(head);
  return { loss: value, gradient: grad };
}

/** Makes the step for a frozen model and a task; its result is the mean loss of the batch before it. */
export function transferStep(
  model: Model,
  task: TaskSpec,
): Step<TransferState, TransferInputs, { readonly loss: Tensor }> {
  return ({ head, moments, parameters }, { inputs, targets, draws, scalars }) => {
    const dropout = keyedDropout(draws, model.architecture.dropout);
    const features = transferFeatures(model, parameters, inputs, task, dropout);
    const { loss, gradient } = transferGradient(head, features, targets, task);
    const next = transferOptimizer.update(gradient, moments, head, scalars);
    const state = { head: next.parameters, moments: next.moments, parameters };
    return { state, results: { loss } };
  };
}
