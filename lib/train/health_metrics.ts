/**
 * Whether a run is healthy: what the loss alone does not show.
 *
 * | metric | |
 * |---|---|
 * | `featureDeviation` | standard deviation of the pooled features over the batch; near 0: collapsed |
 * | `effectiveRank` | number of directions that the features of the batch use (RankMe) |
 * | `maskedReconstruction` | loss of the tokens that were hidden |
 * | `visibleReconstruction` | loss of those that were seen |
 *
 * They are those of the weights before the step, on the batch of the step and without dropout, so they
 * are the same in a run that was stopped. The last two exist for methods with a decoder.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  type NoInputs,
  type StateDict,
  type Tensor,
  tf,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { meanOver, tokenLoss } from "../nn/mod.ts";
import type { NdArray } from "../util/mod.ts";
import { effectiveRank, featureDeviation } from "./effective_rank.ts";
import { flatLayout } from "./flat_layout.ts";
import { stateDict } from "./train_state.ts";
import { scalarsOf, type StepBatch, type Weights } from "./train_step.ts";

/** Measures the health of a model; see the module's comment. */
export interface HealthMeter {
  /** @param batch Of a training step; all tensors stay the caller's. */
  measure(state: Weights, batch: StepBatch): Promise<Record<string, number>>;
  /** Frees the compiled program. */
  dispose(): void;
}

/** Prepares to measure; nothing is compiled before the first time. */
export function createHealthMeter(model: Model, mode: CompileMode): HealthMeter {
  const layout = flatLayout(model.parameters);
  const stepper = createStepper(({ inputs, draws, ...state }: Weights & StepBatch, _: NoInputs) => {
    const parameters = stateDict(layout, state);
    const features = model.pool(model.encode(parameters, inputs));
    const losses = reconstructionLosses(model, parameters, { inputs, draws });
    return { results: { features, losses } };
    // A program that runs once in a hundred steps does not repay XLA's work.
  }, { name: "health", mode: mode === "off" ? "off" : "graph" });
  return {
    async measure({ weights, buffers }, { inputs, draws }) {
      const { results } = await stepper.run({ weights, buffers, inputs, draws }, {});
      const features = results.features as NdArray<"float32">;
      return {
        featureDeviation: featureDeviation(features),
        effectiveRank: effectiveRank(features),
        ...scalarsOf(results.losses),
      };
    },
    dispose: stepper.dispose,
  };
}

/** Mean losses of hidden and of seen tokens; none for methods without a decoder. */
function reconstructionLosses(
  model: Model,
  parameters: StateDict,
  { inputs, draws }: StepBatch,
): Readonly<Record<string, Tensor>> {
  if (model.reconstruct === undefined) return {};
  const entries = model.reconstruct(parameters, inputs, draws);
  const losses = entries.map(({ after, target }, k) => tokenLoss(after, target, model.inputs[k]!));
  const hidden = entries.map(({ mask }) => ({ weights: mask }));
  const seen = entries.map(({ mask }) => ({ weights: tf.sub(1, mask) }));
  return {
    maskedReconstruction: meanOver(losses, hidden),
    visibleReconstruction: meanOver(losses, seen),
  };
}
