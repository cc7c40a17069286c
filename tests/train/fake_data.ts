/**
 * Samples in memory for tests of the training loop, and the options of a short run on them.
 *
 * @module
 */

import { batchAt } from "../../lib/store/sampler.ts";
import type { Method } from "../../lib/methods/method.ts";
import type { PretrainOptions } from "../../lib/train/prepare_run.ts";
import { pretrain, type PretrainHooks } from "../../lib/train/pretrain.ts";
import type { TrainData } from "../../lib/train/train_data.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { fakeMethod } from "./fake_method.ts";

/** Features of a fake sample. */
export const features = 5;

/** Samples of the fake data. */
export const samples = 26;

/** Normal samples, shuffled like those of a store. */
export function fakeData(folder = "/fake store"): TrainData {
  const ids = Uint32Array.from({ length: samples }, (_, i) => 100 + i);
  const split = { name: "train", count: samples, source: { kind: "list", ids } } as const;
  return {
    folder,
    dataset: "fake",
    variant: "default",
    sha256: "0".repeat(64),
    split: "train",
    inputs: [{ kind: "tabular", features }],
    samples,
    defaultBatchSize: 4,
    notes: ["drawn from a normal distribution"],
    batch: (key) => {
      const ids = batchAt(split, key);
      const values = new Float32Array(ids.length * features);
      ids.forEach((id, n) => values.set(normals(drawKey(9, "sample", id), features), n * features));
      return Promise.resolve({ inputs: [float32([ids.length, features], values)], ids });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Hooks that train the fake method on fake data. */
export const fakeHooks = {
  findMethod: () => fakeMethod as unknown as Method,
  openData: (folder: string) => Promise.resolve(fakeData(folder)),
} satisfies PretrainHooks;

/** Trains the fake method on fake data, 20 steps on the plain backend unless told otherwise. */
export function fakePretrain(
  options: Partial<PretrainOptions> & { readonly out: string },
  hooks: PretrainHooks = {},
) {
  return pretrain(
    {
      data: "/fake store",
      method: "fake",
      preset: "tiny",
      steps: 20,
      lr: 0.01,
      backend: "cpu",
      ...options,
    },
    { ...fakeHooks, ...hooks },
  );
}
