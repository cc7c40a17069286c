/**
 * Losses of labelled tasks, from the outputs of a linear head before any squashing.
 *
 * @module
 */

import { type Tensor, tf } from "../engine/mod.ts";
import { crossEntropy } from "../engine/ops/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import { float32, int32, type NdArray } from "../util/mod.ts";

/**
 * Mean loss of scores: cross-entropy, binary cross-entropy of logits, or squared error.
 *
 * @param scores (rows, outputs).
 * @param targets Class ids (rows) for one of several classes; (rows, outputs) float32 otherwise.
 */
export function taskLoss(scores: Tensor, targets: Tensor, { kind }: TaskSpec): Tensor {
  switch (kind) {
    case "single-label":
    case "per-token":
      return tf.mean(crossEntropy(scores, targets));
    case "binary":
    case "multi-label":
      return tf.mean(tf.sub(tf.softplus(scores), tf.mul(scores, targets)));
    case "regression":
      return tf.mean(tf.square(tf.sub(scores, targets)));
  }
}

/** Labels in the layout of a task as {@linkcode taskLoss} takes them. */
export function taskTargets(
  { data }: NdArray<"float32" | "int32">,
  task: TaskSpec,
): NdArray<"float32" | "int32"> {
  if (task.kind === "single-label" || task.kind === "per-token") return int32([data.length], data);
  const outputs = outputCount(task);
  return float32([data.length / outputs, outputs], data);
}
