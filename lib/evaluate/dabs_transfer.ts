/**
 * One step of the DABS transfer protocol, as a pure function of tensors.
 *
 * A linear head is trained on a frozen encoder whose features are computed anew in every step, with the
 * encoder's dropout active: the reference switches it to training mode along with the head. The head
 * learns by AdamW with decoupled weight decay, from logits (binary cross-entropy included), where the
 * linear probe of MetaMAE uses Adam with coupled decay on fixed features.
 *
 * | input | |
 * |---|---|
 * | `head`, `first`, `second` | head (D + 1, outputs), the last row its bias, and its moments |
 * | `w/<name>` | frozen state dict of the encoder |
 * | `x/<k>` | batch of modality k |
 * | `targets` | class ids (rows) int32, or (rows, outputs) float32 |
 * | `draw/dropout` | key of the encoder's dropout |
 * | `hyper/<name>` | numbers that change from step to step (see lib/train/adamw.ts) |
 *
 * | output | |
 * |---|---|
 * | `head`, `first`, `second` | their new values |
 * | `loss` | mean loss of the batch before the step |
 *
 * @module
 */

import { type Tensor, type TensorFunction, type TensorTree, tf } from "../engine/mod.ts";
import type { Dropout, Model } from "../methods/mod.ts";
import { keyedDropout, taskLoss, withoutCls } from "../nn/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { adamw, type AdamwScalars, stripped } from "../train/mod.ts";

/** Learning rate of the published protocol. */
export const transferLearningRate = 1e-4;
/** Decoupled weight decay of the published protocol. */
export const transferWeightDecay = 1e-4;

/**
 * Rows that the head sees: pooled features (N, D + 1), or those of all tokens without CLS
 * (N L, D + 1) for a per-token task, with a column of ones for the bias.
 *
 * @param dropout Dropout of the encoder; none is evaluation mode.
 */
export function transferFeatures(
  model: Model,
  parameters: TensorTree,
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

/** Makes the step for a frozen model and a task. */
export function transferStep(model: Model, task: TaskSpec): TensorFunction {
  return (inputs) => {
    const dropout = keyedDropout(stripped("draw/", inputs), model.architecture.dropout);
    const batch = model.inputs.map((_, k) => inputs[`x/${k}`]!);
    const features = transferFeatures(model, stripped("w/", inputs), batch, task, dropout);
    const { loss, gradient } = transferGradient(inputs.head!, features, inputs.targets!, task);
    const state = {
      parameters: inputs.head!,
      firstMoment: inputs.first!,
      secondMoment: inputs.second!,
    };
    const next = adamw(
      state,
      gradient,
      stripped("hyper/", inputs) as unknown as AdamwScalars<Tensor>,
    );
    return {
      head: next.parameters,
      first: next.firstMoment,
      second: next.secondMoment,
      loss,
    };
  };
}
