/**
 * What a model needs of a batch that is split over workers.
 *
 * Every worker evaluates the objective on its own samples, and what is minimised is the mean over
 * the workers. For a mean over samples that is all. Where samples meet each other, {@linkcode
 * Gather} brings them together; where a mean is taken over a set of random size, {@linkcode
 * tokenCounts} give the size that makes the mean over the workers the mean over the whole batch.
 *
 * @module
 */

import type { HostArray, Tensor } from "../engine/mod.ts";
import { float32, type NdArray } from "../util/mod.ts";
import type { StepKey } from "./draws.ts";

/**
 * The rows of the whole batch, in its order: (n, ...) to (N, ...). Gradients come back to the own
 * rows, scaled for a mean over the workers.
 */
export type Gather = (rows: Tensor) => Tensor;

/** The gather of a process that has the whole batch. */
export const wholeBatch: Gather = (rows) => rows;

/**
 * Sizes of a set of tokens for {@linkcode meanOver}: what a part of a batch would hold if the
 * chosen tokens of the whole batch were dealt out evenly, at least its share of one token.
 *
 * @param draw Draws the set of every modality for given samples: 1 for chosen tokens.
 * @returns A scalar for every modality; none for a whole batch, which counts its own tokens.
 */
export function tokenCounts(
  key: StepKey,
  draw: (key: StepKey) => readonly HostArray[],
): { readonly count: NdArray<"float32"> }[] {
  const { samples, batchSize = samples } = key;
  if (samples === batchSize) return [];
  return draw({ ...key, firstSample: 0, samples: batchSize }).map(({ data }) => {
    let count = 0;
    for (const chosen of data) count += chosen;
    return { count: float32([], [Math.max(count, 1) * samples / batchSize]) };
  });
}
