/**
 * Which samples a training step sees: pure functions of the seed and the step, so that a run can be
 * entered anywhere and split over workers.
 *
 * @module
 */

import { drawKey, integer, permuted, UsageError } from "../util/mod.ts";
import type { Split } from "./store.ts";

/** What a sampler needs to know of a split. */
export type SampledSplit = Pick<Split, "name" | "count" | "source">;

/** Identifies the batch of one step, or a part of it. */
export interface BatchKey {
  /** Seed of the run. */
  readonly seed: number;
  /** Zero-based step of the run. */
  readonly step: number;
  /** Samples of the global batch. */
  readonly batchSize: number;
  /** Position of the first sample wanted in the global batch; 0. */
  readonly firstSample?: number;
  /** Number of samples wanted; the rest of the global batch. */
  readonly samples?: number;
}

/**
 * Steps of one epoch: the last, incomplete batch is left out.
 *
 * @throws {UsageError} If the split has fewer samples than a batch.
 */
export function stepsPerEpoch(split: SampledSplit, batchSize: number): number {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new UsageError(`Cannot make batches of ${batchSize} samples: at least 1 is wanted`);
  }
  if (split.count < batchSize) {
    throw new UsageError(
      `Cannot make batches of ${batchSize} samples: the split "${split.name}" has ${split.count}`,
      { hint: `Use --batch-size ${split.count} or less` },
    );
  }
  return Math.floor(split.count / batchSize);
}

/**
 * Ids of the training batch of a step.
 *
 * A list is shuffled anew each epoch; drawn splits draw a group, then one of its starts. Workers
 * that share a batch ask for slices of it: together they see what a single one sees.
 *
 * @throws {UsageError} If the split has fewer samples than a batch.
 *
 * @example
 * ```ts
 * import { batchAt } from "./sampler.ts";
 * const source = { kind: "list", ids: Uint32Array.of(10, 11, 12, 13) } as const;
 * const split = { name: "train", count: 4, source } as const;
 * const whole = batchAt(split, { seed: 0, step: 5, batchSize: 4 });
 * const half = batchAt(split, { seed: 0, step: 5, batchSize: 4, firstSample: 2 });
 * console.assert(half[0] === whole[2]);
 * ```
 */
export function batchAt(split: SampledSplit, key: BatchKey): Uint32Array<ArrayBuffer> {
  const { seed, step, batchSize, firstSample = 0 } = key;
  const { samples = batchSize - firstSample } = key;
  const steps = stepsPerEpoch(split, batchSize);
  const epoch = Math.floor(step / steps);
  const first = (step % steps) * batchSize + firstSample;
  return epochIds(split, { seed, epoch, first, samples, shuffled: true });
}

/** A part of an epoch. */
export interface EpochKey {
  readonly seed: number;
  readonly epoch: number;
  /** First position in the epoch; 0. */
  readonly first?: number;
  /** Number of samples; the rest of the epoch. */
  readonly samples?: number;
  /** Whether a list is shuffled; else it comes in reference order. */
  readonly shuffled?: boolean;
}

/** Ids of the samples at consecutive positions of an epoch. */
export function epochIds(split: SampledSplit, key: EpochKey): Uint32Array<ArrayBuffer> {
  const { seed, epoch, first = 0, shuffled = false } = key;
  const { samples = split.count - first } = key;
  const { count, source } = split;
  const ids = new Uint32Array(samples);
  if (source.kind === "list") {
    const order = drawKey(seed, "order", epoch);
    for (let i = 0; i < samples; i++) {
      const position = first + i;
      ids[i] = source.ids[shuffled ? permuted(order, position, count) : position]!;
    }
    return ids;
  }
  const windows = drawKey(seed, "window", epoch);
  for (let i = 0; i < samples; i++) {
    const position = 2 * (first + i);
    const group = source.groups[integer(windows, position, source.groups.length)]!;
    let start = integer(windows, position + 1, group.starts);
    let range = 0;
    while (start >= group.ranges[range]!.starts) start -= group.ranges[range++]!.starts;
    ids[i] = group.ranges[range]!.first + start;
  }
  return ids;
}
