/**
 * What training needs of a token store: samples of steps, and what identifies them.
 *
 * @module
 */

import type { SplitName } from "../documents/mod.ts";
import { taskTargets } from "../nn/mod.ts";
import type { InputSpec, TaskSpec } from "../spec/mod.ts";
import { batchAt, type BatchKey, openStore, type Split, type Store } from "../store/mod.ts";
import { DataError } from "../util/mod.ts";
import type { TrainBatch } from "./loop.ts";

/** Samples to train on; disposing closes files. */
export interface TrainData extends AsyncDisposable {
  /** Where it is, for the record and the command that resumes. */
  readonly folder: string;
  /** Id of the data set. */
  readonly dataset: string;
  /** Variant of the data set. */
  readonly variant: string;
  /** SHA-256 that identifies the contents. */
  readonly sha256: string;
  /** Split that is trained on. */
  readonly split: string;
  /** Modalities of a sample. */
  readonly inputs: readonly InputSpec[];
  /** Task whose labels come with the batches; absent where nothing learns from labels. */
  readonly task?: TaskSpec;
  /** Samples of one epoch. */
  readonly samples: number;
  /** Samples a step where the run names no number. */
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
export function openTrainData(folder: string): Promise<TrainData> {
  return openData(folder, "pretrain", (_, split) => ({
    batch: async (key) => await split.read(batchAt(split, key)),
  }));
}

/**
 * Opens the split `train` of a token store with its labels.
 *
 * @throws {MissingError} If there is no store.
 * @throws {UsageError} If it has no such split.
 * @throws {DataError} If it has no labels, is damaged, or of a newer version.
 */
export function openLabelledData(folder: string): Promise<TrainData> {
  return openData(folder, "train", ({ task }, split) => {
    if (task === undefined || !split.labelled) {
      throw new DataError(`Cannot train on "${folder}": the split "${split.name}" has no labels`, {
        hint: "Training with labels needs a labelled data set",
      });
    }
    return {
      task,
      batch: async (key) => {
        const { ids, inputs, labels } = await split.read(batchAt(split, key));
        return { ids, inputs, targets: taskTargets(labels!, task) };
      },
    };
  });
}

async function openData(
  folder: string,
  name: SplitName,
  more: (store: Store, split: Split) => Partial<TrainData> & Pick<TrainData, "batch">,
): Promise<TrainData> {
  const store = await openStore(folder);
  try {
    const split = await store.split(name);
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
      ...more(store, split),
      [Symbol.asyncDispose]: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
