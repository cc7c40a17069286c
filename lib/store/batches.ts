/**
 * Streams of batches that are read ahead while the engine computes.
 *
 * @module
 */

import type { NdArray } from "../util/mod.ts";
import { batchAt, epochIds } from "./sampler.ts";
import type { Batch, Split } from "./store.ts";

/** Options of {@linkcode trainingBatches}. */
export interface TrainingBatchesOptions {
  readonly seed: number;
  /** Samples of the global batch. */
  readonly batchSize: number;
  /** Step to begin with; 0. */
  readonly firstStep?: number;
  /** Step before which the stream ends; it goes on for ever if this is left out. */
  readonly endStep?: number;
  /** Position of this worker's first sample in the global batch; 0. */
  readonly firstSample?: number;
  /** Number of this worker's samples; the rest of the global batch. */
  readonly samples?: number;
  /** Batches that are read ahead; 2. */
  readonly depth?: number;
}

/** The batch of one step. */
export interface TrainingBatch {
  readonly step: number;
  readonly batch: Batch;
  /** Milliseconds that the step had to wait for it. */
  readonly waitedMs: number;
}

/**
 * The batches of consecutive training steps.
 *
 * @throws {UsageError} If the split has fewer samples than a batch.
 */
export async function* trainingBatches(
  split: Split,
  options: TrainingBatchesOptions,
): AsyncGenerator<TrainingBatch> {
  const { firstStep = 0, endStep = Infinity, depth = 2, ...key } = options;
  const read = (step: number) => split.read(batchAt(split, { ...key, step }));
  let step = firstStep;
  let before = performance.now();
  for await (const batch of ahead(read, firstStep, endStep, depth)) {
    yield { step: step++, batch, waitedMs: performance.now() - before };
    before = performance.now();
  }
}

/** Options of {@linkcode sequentialBatches}. */
export interface SequentialBatchesOptions {
  readonly batchSize: number;
  /** Samples to read; all of the split in reference order (drawn splits: epoch 0 of the seed). */
  readonly ids?: Uint32Array;
  /** Seed of drawn splits; 0. */
  readonly seed?: number;
  /** Batches that are read ahead; 2. */
  readonly depth?: number;
}

/** A batch of fixed size of which the first `count` samples count. */
export interface PaddedBatch {
  /** Always `batchSize` samples: the last one repeated at the end of the data. */
  readonly batch: Batch;
  /** Samples that are not padding. */
  readonly count: number;
  /** Position of the first sample in the whole. */
  readonly first: number;
}

/** All samples once, in batches of one size, so that a compiled function sees one shape only. */
export async function* sequentialBatches(
  split: Split,
  options: SequentialBatchesOptions,
): AsyncGenerator<PaddedBatch> {
  const { batchSize, depth = 2, seed = 0 } = options;
  const ids = options.ids ?? epochIds(split, { seed, epoch: 0 });
  const read = async (index: number): Promise<PaddedBatch> => {
    const first = index * batchSize;
    const count = Math.min(batchSize, ids.length - first);
    const batch = await split.read(ids.subarray(first, first + count));
    return { batch: padBatch(batch, batchSize), count, first };
  };
  yield* ahead(read, 0, Math.ceil(ids.length / batchSize), depth);
}

/** Repeats the last sample until the batch has `samples` samples. */
export function padBatch(batch: Batch, samples: number): Batch {
  if (batch.ids.length >= samples) return batch;
  return {
    ids: padRows(batch.ids, 1, samples),
    inputs: batch.inputs.map((array) => padArray(array, samples)),
    ...(batch.labels === undefined ? {} : { labels: padArray(batch.labels, samples) }),
  };
}

function padArray<D extends "float32" | "int32">(array: NdArray<D>, samples: number): NdArray<D> {
  const [count = 0, ...shape] = array.shape;
  const data = padRows(array.data, array.data.length / count, samples);
  return { dtype: array.dtype, shape: [samples, ...shape], data };
}

function padRows<T extends Float32Array | Int32Array | Uint32Array>(
  data: T,
  width: number,
  samples: number,
): T {
  const padded = new (data.constructor as new (length: number) => T)(samples * width);
  padded.set(data);
  const last = data.subarray(data.length - width);
  for (let to = data.length; to < padded.length; to += width) padded.set(last, to);
  return padded;
}

/** Yields `produce(begin)`, `produce(begin + 1)`, ... with up to `depth` of them under way. */
async function* ahead<T>(
  produce: (index: number) => Promise<T>,
  begin: number,
  end: number,
  depth: number,
): AsyncGenerator<T> {
  const pending: Promise<T>[] = [];
  let next = begin;
  const fillUp = () => {
    while (pending.length < Math.max(1, depth) && next < end) {
      // A synchronous refusal becomes a rejection too; it is seen when its turn comes.
      const value = Promise.resolve(next++).then(produce);
      value.catch(() => undefined);
      pending.push(value);
    }
  };
  fillUp();
  while (pending.length > 0) {
    const value = await pending.shift()!;
    fillUp();
    yield value;
  }
}
