/**
 * Scoring the test split with a linear head, epoch after epoch.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  type NoInputs,
  type Tensor,
  tf,
  upload,
} from "../engine/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { NumericError } from "../util/mod.ts";
import { type ProbeData, rowsPerSample, withOnes } from "./probe_data.ts";
import { probabilities, type Scores } from "./scores.ts";

/** Rows of features in one call of the engine. */
const rowsPerCall = 16384;

/** Scores a fixed split with changing heads. */
export interface HeadPredictor {
  /**
   * What a head (D + 1, outputs) predicts.
   *
   * @throws {NumericError} If a score is NaN.
   */
  predict(head: Tensor): Promise<Scores>;
  /** Frees the features and the compiled program. */
  dispose(): void;
}

/** Keeps the test features on the engine in blocks, since every epoch scores all of them. */
export function createHeadPredictor(
  test: ProbeData,
  task: TaskSpec,
  mode: CompileMode,
): HeadPredictor {
  const samples = test.features.shape[0]!;
  const perBlock = Math.max(1, Math.floor(rowsPerCall / rowsPerSample(test.features)));
  const blocks: Tensor[] = [];
  for (let start = 0; start < samples; start += perBlock) {
    const length = Math.min(perBlock, samples - start);
    blocks.push(upload(withOnes(test.features, Array.from({ length }, (_, i) => start + i))));
  }
  const stepper = createStepper(
    ({ head, features }: { readonly head: Tensor; readonly features: Tensor }, _: NoInputs) => ({
      results: tf.matMul(features as tf.Tensor2D, head as tf.Tensor2D) as Tensor,
    }),
    { name: "linear probe (scores)", mode },
  );
  return {
    async predict(head) {
      const parts: Float32Array[] = [];
      for (const features of blocks) {
        const { results } = await stepper.run({ head, features }, {});
        parts.push(results.data as Float32Array);
      }
      const logits = concatenate(parts);
      if (logits.some(Number.isNaN)) {
        throw new NumericError("Cannot go on with the linear probe: its scores became NaN");
      }
      return { values: probabilities(logits, task), labels: test.labels.data, samples };
    },
    dispose() {
      tf.dispose(blocks);
      stepper.dispose();
    },
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
