/**
 * What training needs of a token store: samples of steps, and what identifies them.
 *
 * @module
 */

import { batchAt, type BatchKey } from "../data/sampler.ts";
import { openStore } from "../data/store.ts";
import type { InputSpec } from "../spec/input.ts";
import type { TrainBatch } from "./loop.ts";

/** Samples to train on; disposing closes files. */
export interface TrainData extends AsyncDisposable {
  /** Where it is, for the record and the command that resumes. */
  readonly folder: string;
  readonly dataset: string;
  readonly variant: string;
  /** SHA-256 that identifies the contents. */
  readonly sha256: string;
  /** Split that is trained on. */
  readonly split: string;
  readonly inputs: readonly InputSpec[];
  /** Samples of one epoch. */
  readonly samples: number;
  readonly defaultBatchSize: number;
  /** Remarks that belong beside every number made from these samples. */
  readonly notes: readonly string[];
  /** Batch of a zero-based step, or a part of it: a pure function of its arguments. */
  batch(key: BatchKey): Promise<TrainBatch>;
}

/**
 * Opens the split `pretrain` of a token store, or `train` where there is none.
 *
 * @throws {MissingError} If there is no store.
 * @throws {DataError} If it is damaged, or of a newer version.
 */
export async function openTrainData(folder: string): Promise<TrainData> {
  const store = await openStore(folder);
  try {
    const split = await store.split("pretrain");
    return {
      folder,
      dataset: store.manifest.dataset,
      variant: store.manifest.variant,
      sha256: store.digest,
      split: split.name,
      inputs: store.inputs,
      samples: split.count,
      defaultBatchSize: store.manifest.defaults.batchSize,
      notes: store.manifest.notes,
      batch: async (key) => await split.read(batchAt(split, key)),
      [Symbol.asyncDispose]: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
