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
  compile,
  type CompileMode,
  disposeTree,
  downloadTree,
  type Tensor,
  type TensorTree,
  tf,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { meanOver, tokenLoss } from "../nn/mod.ts";
import type { NdArray } from "../util/mod.ts";
import { effectiveRank, featureDeviation } from "./effective_rank.ts";
import { flatLayout } from "./flat_layout.ts";
import { stateDict } from "./train_state.ts";
import { stripped } from "./train_step.ts";

/** Measures the health of a model; see the module's comment. */
export interface HealthMeter {
  /** @param inputs Inputs of a training step, which stay the caller's. */
  measure(inputs: TensorTree): Promise<Record<string, number>>;
  /** Frees the compiled program. */
  dispose(): void;
}

/** Prepares to measure; nothing is compiled before the first time. */
export function createHealthMeter(model: Model, mode: CompileMode): HealthMeter {
  const layout = flatLayout(model.parameters);
  const program = compile((inputs) => {
    const parameters = stateDict(layout, inputs);
    const batch = model.inputs.map((_, k) => inputs[`x/${k}`]!);
    const draws = stripped("draw/", inputs);
    return {
      features: model.pool(model.encode(parameters, batch)),
      ...reconstructionLosses(model, parameters, batch, draws),
    };
    // A program that runs once in a hundred steps does not repay XLA's work.
  }, { name: "health", mode: mode === "off" ? "off" : "graph" });
  return {
    async measure({ m: _m, v: _v, stop: _stop, ...inputs }) {
      const used = Object.entries(inputs).filter(([name]) => !name.startsWith("hyper/"));
      const outputs = await program(Object.fromEntries(used));
      const { features, ...losses } = await downloadTree(outputs);
      disposeTree(outputs);
      return {
        featureDeviation: featureDeviation(features as NdArray<"float32">),
        effectiveRank: effectiveRank(features as NdArray<"float32">),
        ...Object.fromEntries(Object.entries(losses).map(([name, { data }]) => [name, data[0]!])),
      };
    },
    dispose: program.dispose,
  };
}

/** Mean losses of hidden and of seen tokens; none for methods without a decoder. */
function reconstructionLosses(
  model: Model,
  parameters: TensorTree,
  batch: readonly Tensor[],
  draws: TensorTree,
): TensorTree {
  if (model.reconstruct === undefined) return {};
  const entries = model.reconstruct(parameters, batch, draws);
  const losses = entries.map(({ after, target }, k) => tokenLoss(after, target, model.inputs[k]!));
  const sets = (name: string, choose: (mask: Tensor) => Tensor) =>
    Object.fromEntries(entries.map(({ mask }, k) => [`${name}.${k}`, choose(mask)]));
  return {
    maskedReconstruction: meanOver(losses, sets("mask", (mask) => mask), "mask"),
    visibleReconstruction: meanOver(losses, sets("seen", (mask) => tf.sub(1, mask)), "seen"),
  };
}
