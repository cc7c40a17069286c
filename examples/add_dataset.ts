/**
 * A data set to copy: a text table of measurements with a class, such as many archives hand out.
 *
 * In the tree it is the file `lib/datasets/wheat_seeds.ts`, which imports `./conversion/...`.
 *
 * @module
 */

import { type Conversion, type Dataset, singleLabel } from "../lib/datasets/conversion/dataset.ts";
import { readFields, readInteger } from "../lib/datasets/conversion/text_lists.ts";
import { readAll } from "../lib/formats/bytes/mod.ts";
import { rawContents } from "../lib/raw/mod.ts";
import { shuffledSplit } from "../lib/reference/mod.ts";
import { listParts } from "../lib/store/mod.ts";
import { DataError } from "../lib/util/mod.ts";

const features = 7;
const kinds = ["Kama", "Rosa", "Canadian"];

/** What the archive hands out: one line a seed, seven measurements and the kind (1 to 3). */
const file = {
  path: "seeds_dataset.txt",
  how: "Download the data set from https://archive.ics.uci.edu/dataset/236/seeds",
};

/** Measurements of wheat kernels by soft X-rays. */
export const wheatSeeds: Dataset = {
  id: "wheat-seeds",
  title: "Wheat seeds",
  domain: "tabular",
  role: "both",
  summary: "Seven measurements of 210 kernels of three kinds of wheat.",
  licence: "CC BY 4.0",
  homepage: "https://archive.ics.uci.edu/dataset/236/seeds",
  citation: "M. Charytanowicz, J. Niewczas, P. Kulczycki, et al. Complete gradient clustering " +
    "algorithm for features analysis of X-ray images. Information Technologies in Biomedicine (2010)",
  files: [file],
  variants: [{
    name: "shuffled",
    difference: "shuffled and cut 90/10",
    shape: {
      inputs: [{ kind: "tabular", features }],
      task: singleLabel(kinds),
      defaults: { batchSize: 64 },
    },
  }],

  async convert(run) {
    run.declare([{ dtype: "float32" }]);
    const rows = await readSeeds(run);
    for (const { values, label } of rows) await run.writer.append([values], label);
    run.expect(rows.length, 210, `The file holds ${rows.length} seeds, the official one 210`);
    listParts(shuffledSplit(rows.length, "dabs"), run, run.writer);
    run.writer.note("Shuffled by RandomState(42) and cut 90/10: nothing is published");
  },
};

/** Reads the table; what is wrong in it is said with its place. */
async function readSeeds(run: Conversion) {
  const { name: path, chunks } = await rawContents(await run.find(file));
  const text = new TextDecoder().decode(await readAll(chunks, { name: path, limit: 2 ** 20 }));
  return readFields({ path, text }, features + 1).map((fields, i) => {
    const values = Float32Array.from(fields.slice(0, features), Number);
    if (values.some(Number.isNaN)) {
      throw new DataError(`Cannot read "${path}": row ${i + 1} has a field that is no number`);
    }
    return { values, label: readInteger(fields.at(-1)!, { path, first: 1, last: 3 }) - 1 };
  });
}
