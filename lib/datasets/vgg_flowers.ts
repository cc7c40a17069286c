/**
 * Oxford 102 flowers, split as in both references: not by the official lists, but flower by flower.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import { readMat5 } from "../formats/tensor/mod.ts";
import { checkOfficial, findRaw, type RawForm } from "../raw/mod.ts";
import { groupedSplit } from "../reference/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { DataError } from "../util/mod.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";
import type { Picture, PicturePlan } from "./images/plan.ts";
import { tokenizeImages } from "./images/tokenize_images.ts";
import { photoNote, photoShape, photoVariants } from "./images/variants.ts";

const id = "vgg-flowers";
const classes = 102;
const site = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102";

const archive = {
  path: "102flowers.tgz",
  url: `${site}/102flowers.tgz`,
  bytes: 344_862_509,
  sha256: "2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246",
};
const labelFile = {
  path: "imagelabels.mat",
  url: `${site}/imagelabels.mat`,
  bytes: 502,
  md5: "e0620be6f572b9609742df49c70aed4d",
};
const forms: readonly RawForm[] = [archive, { path: "jpg" }];
/** A thousand times the official file. */
const longestLabels = 502_000;

const task: TaskSpec = { kind: "single-label", classes, metric: "accuracy" };

/** Oxford 102 flowers. */
export const vggFlowers: Dataset = {
  id,
  title: "VGG Flowers (Oxford 102)",
  domain: "natural images",
  role: "transfer",
  summary: "8,189 photos of 102 kinds of flowers, a fifth of each kind for testing.",
  licence: "None stated; research use with citation",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
  citation:
    "M.-E. Nilsback, A. Zisserman. Automated flower classification over a large number of classes. " +
    "ICVGIP (2008)",
  files: [{ ...archive, alternatives: [forms[1]!.path] }, labelFile],
  variants: photoVariants,

  shape: (variant) => photoShape(variant, task),

  async tokenize(context, writer) {
    const found = await findRaw(id, context.raw, forms);
    const labels = await readLabels(context);
    await tokenizeImages(
      {
        id,
        shape: photoShape(context.variant, task),
        found: [found],
        keyOf: (path) => /(?:^|\/)jpg\/(image_\d{5}\.jpg)$/.exec(path)?.[1],
        plan: ({ keys }) => plan(labels, keys.length),
      },
      context,
      writer,
    );
  },
};

/** The flower of every image, 0..101. */
async function readLabels(context: TokenizeContext): Promise<readonly number[]> {
  const found = await findRaw(id, context.raw, [labelFile]);
  await checkOfficial(found, context);
  const { path } = found;
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestLabels });
  const labels = readMat5(bytes, { name: path }).get("labels");
  if (labels?.kind !== "numbers") {
    throw new DataError(`Cannot read "${path}": it has no array of numbers "labels"`);
  }
  return Array.from(labels.data, (label, i) => {
    if (Number.isInteger(label) && label >= 1 && label <= classes) return label - 1;
    throw new DataError(
      `Cannot read "${path}": image ${i + 1} has the label ${label}, not 1..${classes}`,
    );
  });
}

function plan(labels: readonly number[], images: number): PicturePlan {
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
      "Split: the images of each flower are shuffled by one RandomState(42), flowers in the order of " +
      "their first label, the first 80 % for training; the official lists (setid.mat) are not used",
      photoNote,
    ],
  };
}
