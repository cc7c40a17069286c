/**
 * A conversion in a process of its own, for tests that kill it.
 *
 * Arguments: raw folder, store, number of workers. The data set is made of the pictures in the raw folder,
 * in the order of their names, with the sorted first letters as classes. Prints `picture N` as pictures
 * are stored, and at last a line of JSON: how many rows were taken over, or why none, or the error.
 *
 * @module
 */

import type { Leftover } from "../../lib/store/create_store.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { imageDataset } from "../../lib/datasets/families/images.ts";
import { mnist } from "../../lib/datasets/mnist.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { basename } from "../../lib/util/path.ts";

const [raw, out, workers] = Deno.args as [string, string, string];

const { convert: _, ...facts } = mnist;

const pictures: Dataset = imageDataset({
  ...facts,
  id: "pictures",
  files: [{ path: "pictures" }],
  variants: [{
    name: "only",
    difference: "",
    shape: {
      inputs: [{ kind: "image", channels: 3, height: 32, width: 32, patch: 4 }],
      task: { kind: "single-label", classes: 2, metric: "accuracy" },
      defaults: { batchSize: 4 },
    },
  }],
  keyOf: (path) => basename(path).endsWith(".ppm") ? basename(path) : undefined,
  plan: ({ keys }) => ({
    splits: { train: keys.map((key) => ({ key, label: key.startsWith("a") ? 0 : 1 })) },
  }),
});

let leftover: Leftover | undefined;
try {
  await tokenizeDataset(pictures, {
    raw,
    out,
    workers: Number(workers),
    // Eight pictures a shard.
    shardBytes: 8 * 3 * 32 * 32,
    onLeftover: (left) => leftover = left,
    progress: (done, _total, what) => what === "images" && console.log(`picture ${done}`),
  });
  console.log(JSON.stringify(leftover ?? {}));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
  Deno.exit(3);
}
