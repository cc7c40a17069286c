/**
 * Oxford 102 flowers, split as in both references: not by the official lists, but flower by flower.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import { readMat5 } from "../formats/tensor/mod.ts";
import { groupedSplit } from "../reference/mod.ts";
import { unreadable } from "../util/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { imageDataset, photoNote, photoVariants, type Picture } from "./families/images.ts";

const classes = 102;
const site = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102";

const archive = {
  path: "102flowers.tgz",
  url: `${site}/102flowers.tgz`,
  bytes: 344_862_509,
  sha256: "2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246",
  alternatives: ["jpg"],
};
const labelFile = {
  path: "imagelabels.mat",
  url: `${site}/imagelabels.mat`,
  bytes: 502,
  md5: "e0620be6f572b9609742df49c70aed4d",
};
/** A thousand times the official file. */
const longestLabels = 502_000;

/** Oxford 102 flowers. */
export const vggFlowers: Dataset = imageDataset({
  id: "vgg-flowers",
  title: "VGG Flowers (Oxford 102)",
  domain: "natural images",
  role: "transfer",
  summary: "8,189 photos of 102 kinds of flowers, a fifth of each kind for testing.",
  licence: "None stated; research use with citation",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
  citation:
    "M.-E. Nilsback, A. Zisserman. Automated flower classification over a large number of " +
    "classes. ICVGIP (2008)",
  files: [archive, labelFile],
  variants: photoVariants(singleLabel(classes)),
  async find(run) {
    const images = await run.locate(archive);
    await run.find(labelFile);
    return [images];
  },
  keyOf: (path) => /(?:^|\/)jpg\/(image_\d{5}\.jpg)$/.exec(path)?.[1],
  plan: async ({ keys }, run) =>
    plan(await readLabels((await run.locate(labelFile)).path), keys.length),
});

/** The flower of every image, 0..101. */
async function readLabels(path: string): Promise<readonly number[]> {
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestLabels });
  const labels = readMat5(bytes, { name: path }).get("labels");
  if (labels?.kind !== "numbers") {
    throw unreadable(path, 'it has no array of numbers "labels"');
  }
  return Array.from(labels.data, (label, i) => {
    if (Number.isInteger(label) && label >= 1 && label <= classes) return label - 1;
    throw unreadable(path, `image ${i + 1} has the label ${label}, not 1..${classes}`);
  });
}

function plan(labels: readonly number[], images: number): Plan<Picture> {
  const { train, test } = groupedSplit(labels, { order: "appearance" });
  const picture = (i: number): Picture => ({
    key: `image_${String(i + 1).padStart(5, "0")}.jpg`,
    label: labels[i]!,
  });
  return {
    splits: { train: Array.from(train, picture), test: Array.from(test, picture) },
    counts: [
      { what: "images", found: images, official: 8_189 },
      { what: "labels", found: labels.length, official: 8_189 },
    ],
    notes: [
      "Split: the images of each flower are shuffled by one RandomState(42), flowers in the " +
      "order of their first label, the first 80 % for training; the official lists (setid.mat) " +
      "are not used",
      photoNote,
    ],
  };
}
