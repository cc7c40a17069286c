/**
 * A step of the DABS transfer protocol against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import {
  transferFeatures,
  transferGradient,
  transferLearningRate,
  transferScores,
  transferStep,
  transferWeightDecay,
} from "../../lib/evaluate/dabs_transfer.ts";
import { joinHead, splitHead } from "../../lib/evaluate/linear_head.ts";
import type { Model } from "../../lib/methods/method.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { adamwScalars } from "../../lib/train/adamw.ts";
import { stripped } from "../../lib/train/train_step.ts";
import { DataError } from "../../lib/util/errors.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { dabsArchitectureOf, dabsBatchOf, dabsEncoderOf } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { type HostTree, runOnce, stateOf } from "./model_case.ts";
import { createTally, type Quantity } from "./tolerance.ts";

/** Runs a case of kind `dabs_transfer`: an encoder that was never trained, and one step of a head. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const task = taskOf(fixture);
  const model = modelOf(fixture);
  const batch = dabsBatchOf(fixture);
  const head = joinHead({
    weight: float32Of(fixture, "state/linear.weight"),
    bias: float32Of(fixture, "state/linear.bias"),
  });
  const zeros = () => float32(head.shape);
  const state = Object.entries(stateOf(fixture, model.parameters));
  const scalars = Object.entries(adamwScalars(1, transferLearningRate, transferWeightDecay));
  const inputs: HostTree = {
    ...{ head, first: zeros(), second: zeros(), targets: targetsOf(fixture, task) },
    ...Object.fromEntries(state.map(([name, array]) => [`w/${name}`, array])),
    ...Object.fromEntries(batch.map((array, k) => [`x/${k}`, array])),
    ...Object.fromEntries(scalars.map(([name, value]) => [`hyper/${name}`, float32([], [value])])),
  };
  const host = await runOnce(
    (tensors) => {
      const given = batch.map((_, k) => tensors[`x/${k}`]!);
      const features = transferFeatures(model, stripped("w/", tensors), given, task);
      const { gradient } = transferGradient(tensors.head!, features, tensors.targets!, task);
      const scores = transferScores(tensors.head!, features);
      const { loss } = transferStep(model, task)(tensors);
      return { gradient, loss: loss!, preds: recordedScores(scores, fixture, task) };
    },
    inputs,
    mode,
  );
  const check = (name: string, values: ArrayLike<number>, quantity: Quantity) =>
    tally.compare(name, values, numbersOf(fixture, name), quantity);
  check("preds", host.preds!.data, "prediction");
  check("loss", host.loss!.data, "loss");
  const gradient = splitHead(host.gradient as NdArray<"float32">);
  check("grad/linear.weight", gradient.weight.data, "dabsGradient");
  check("grad/linear.bias", gradient.bias.data, "dabsGradient");
  return tally.result();
}

/** The encoder of the case as a model without training; its head is not part of the protocol. */
function modelOf(fixture: FixtureCase): Model {
  const { inputs, parameters, encode, pool } = dabsEncoderOf(fixture);
  const architecture = dabsArchitectureOf(fixture);
  return { inputs, architecture, parameters, draw: () => ({}), encode, pool };
}

/** Scores in recorded order: those of tokens are (N, classes, L). */
function recordedScores(scores: Tensor, fixture: FixtureCase, { kind }: TaskSpec): Tensor {
  if (kind !== "per-token") return scores;
  const samples = Number(fixture.config.batch);
  return tf.transpose(tf.reshape(scores, [samples, -1, scores.shape[1]!]), [0, 2, 1]);
}

function targetsOf(fixture: FixtureCase, { kind }: TaskSpec): NdArray<"float32" | "int32"> {
  const values = numbersOf(fixture, "labels");
  return kind === "binary" || kind === "regression"
    ? float32([values.length, 1], values)
    : int32([values.length], values);
}

function taskOf(fixture: FixtureCase): TaskSpec {
  const classes = Number(fixture.config.num_classes);
  const kind = String(fixture.config.kind);
  switch (kind) {
    case "multiclass":
      return { kind: "single-label", classes, metric: "accuracy" };
    case "binary":
      return { kind: "binary", classes: 2, metric: "accuracy" };
    case "regression":
      return { kind: "regression", classes: 1, metric: "spearman" };
    case "tokenwise":
      return { kind: "per-token", classes, metric: "accuracy" };
    default:
      throw new DataError(`Cannot check case "${fixture.name}": its task "${kind}" is not known`);
  }
}
