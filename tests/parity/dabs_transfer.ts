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
  type TransferInputs,
  transferLearningRate,
  transferOptimizer,
  transferScores,
  type TransferState,
  transferStep,
} from "../../lib/evaluate/dabs_transfer.ts";
import { joinHead, splitHead } from "../../lib/evaluate/linear_probe.ts";
import type { HostTree } from "../../lib/engine/backend/tree.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import type { Model } from "../../lib/methods/method.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { dabsArchitectureOf, dabsBatchOf, dabsEncoderOf } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf, taskOf } from "./fixture_case.ts";
import { runOnce, stateOf } from "./model_case.ts";
import { createTally, type Quantity } from "./tolerance.ts";

/** What the step is taken on. */
type Inputs = { readonly state: TransferState; readonly batch: TransferInputs };

/**
 * Runs a case of kind `dabs_transfer`: an encoder that was never trained, and one step of a head.
 */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const task = taskOf(fixture);
  const model = modelOf(fixture);
  const batch = dabsBatchOf(fixture);
  const head = joinHead({
    weight: float32Of(fixture, "state/linear.weight"),
    bias: float32Of(fixture, "state/linear.bias"),
  });
  const inputs: HostTree<Inputs> = {
    state: {
      head,
      moments: transferOptimizer.init(head),
      parameters: stateOf(fixture, model.parameters),
    },
    batch: {
      inputs: batch,
      targets: targetsOf(fixture, task),
      draws: dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples: batch[0]!.shape[0]! }),
      scalars: transferOptimizer.scalars(1, transferLearningRate),
    },
  };
  const host = await runOnce(
    ({ state, batch }: Inputs) => {
      const features = transferFeatures(model, state.parameters, batch.inputs, task);
      const { gradient } = transferGradient(state.head, features, batch.targets, task);
      const scores = transferScores(state.head, features);
      const { results: { loss } } = transferStep(model, task)(state, batch);
      return { gradient, loss, preds: recordedScores(scores, fixture, task) };
    },
    inputs,
    mode,
  );
  const check = (name: string, values: ArrayLike<number>, quantity: Quantity) =>
    tally.compare(name, values, numbersOf(fixture, name), quantity);
  check("preds", host.preds.data, "prediction");
  check("loss", host.loss.data, "loss");
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
