/**
 * What a model with a head predicts for a split, batch by batch.
 *
 * @module
 */

import { type CompileMode, createStepper, type Tensor } from "../engine/mod.ts";
import { epochIds, sequentialBatches, type Split } from "../store/mod.ts";
import { type FinetuneModel, flatLayout, stateDict, type Weights } from "../train/mod.ts";
import { DataError, type NdArray, NumericError } from "../util/mod.ts";
import { probabilities, type Scores } from "./scores.ts";

/** Scores one split with changing weights. */
export interface SplitScorer {
  /** Ids of the samples, in order. */
  readonly ids: NdArray<"uint32">;
  /** Their labels in the layout of the task. */
  readonly labels: NdArray<"int32" | "float32">;
  /**
   * Predicts all samples in evaluation mode.
   *
   * @param weights Those of a training state, which stay the caller's.
   * @throws {NumericError} If a score is not finite.
   */
  score(weights: Weights, signal?: AbortSignal): Promise<Scores>;
  /** Frees the compiled program. */
  dispose(): void;
}

/** Options of {@linkcode openSplitScorer}. */
export interface SplitScorerOptions {
  /** Samples at a time; changes nothing but speed and memory. */
  readonly batchSize: number;
  readonly mode: CompileMode;
}

/**
 * Prepares to score a split in reference order (drawn splits: epoch 0 of seed 0).
 *
 * @throws {DataError} If the split has no labels.
 */
export async function openSplitScorer(
  model: FinetuneModel,
  split: Split,
  { batchSize, mode }: SplitScorerOptions,
): Promise<SplitScorer> {
  if (!split.labelled) {
    throw new DataError(`Cannot score the split "${split.name}": it has no labels`);
  }
  const ids = epochIds(split, { seed: 0, epoch: 0 });
  const labels = await split.labels(ids);
  const layout = flatLayout(model.parameters);
  const stepper = createStepper(
    (weights: Weights, { inputs }: { readonly inputs: readonly Tensor[] }) => ({
      results: model.scores(stateDict(layout, weights), inputs),
    }),
    { name: "scores", mode },
  );
  return {
    ids: { dtype: "uint32", shape: [ids.length], data: ids },
    labels,
    async score({ weights, buffers }, signal) {
      let logits = new Float32Array(0);
      for await (const { batch, count, first } of sequentialBatches(split, { batchSize, ids })) {
        signal?.throwIfAborted();
        const { inputs } = batch;
        const { results: { data: scores } } = await stepper.run({ weights, buffers }, { inputs });
        const perSample = scores.length / batchSize;
        if (first === 0) logits = new Float32Array(ids.length * perSample);
        logits.set(scores.subarray(0, count * perSample), first * perSample);
      }
      const bad = logits.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        const sample = ids[Math.floor(bad * ids.length / logits.length)];
        throw new NumericError(
          `Cannot score the split "${split.name}": a score of sample ${sample} is ${
            logits[bad]
          }, ` +
            `finite numbers are wanted`,
        );
      }
      const values = probabilities(logits, model.task);
      return { values, labels: labels.data, samples: ids.length };
    },
    dispose: stepper.dispose,
  };
}
