/**
 * Caltech-UCSD Birds 200-2011: photos of 200 kinds of birds, split as shipped; whole images, not
 * cut to the birds' boxes.
 *
 * @module
 */

import { unreadable } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { readFields, readInteger, type TextFile } from "./conversion/text_lists.ts";
import { imageDataset, photoNote, photoVariants, type Picture } from "./families/images.ts";

const classes = 200;
const site = "https://www.vision.caltech.edu/datasets/cub_200_2011/";

/** CUB-200-2011. */
export const cub200: Dataset = imageDataset({
  id: "cub200",
  title: "CUB-200-2011 birds",
  domain: "natural images",
  role: "transfer",
  summary: "11,788 photos of 200 kinds of birds, 5,794 of them for testing.",
  licence: "Non-commercial research and education",
  homepage: site,
  citation:
    "C. Wah, S. Branson, P. Welinder, P. Perona, S. Belongie. The Caltech-UCSD Birds-200-2011 " +
    "dataset. Technical report CNS-TR-2011-001 (2011)",
  files: [{
    path: "CUB_200_2011.tgz",
    bytes: 1_150_585_339,
    sha256: "0c685df5597a8b24909f6a7c9db6d11e008733779a671760afef78feb49bf081",
    how: `Download the archive from ${site}`,
    alternatives: ["CUB_200_2011"],
  }],
  variants: photoVariants(singleLabel(classes)),
  keyOf: (path) => /(?:^|\/)CUB_200_2011\/images\/(.+\.jpe?g)$/i.exec(path)?.[1],
  textOf: (path) =>
    /(?:^|\/)CUB_200_2011\/((?:images|image_class_labels|train_test_split)\.txt)$/.exec(path)?.[1],
  plan,
});

function plan(files: SourceFiles): Plan<Picture> {
  const labels = files.text("image_class_labels.txt");
  const flags = files.text("train_test_split.txt");
  const labelOf = readNumbers(labels, 1, classes);
  const flagOf = readNumbers(flags, 0, 1);
  const train: Picture[] = [];
  const test: Picture[] = [];
  for (const [image, key] of readFields(files.text("images.txt"), 2)) {
    const label = numberOf(labelOf, image!, labels) - 1;
    const list = numberOf(flagOf, image!, flags) === 1 ? train : test;
    list.push({ key: key!, label });
  }
  return {
    splits: { train, test },
    counts: [
      { what: "training images", found: train.length, official: 5_994 },
      { what: "test images", found: test.length, official: 5_794 },
    ],
    notes: ["Split as shipped (train_test_split.txt), in the order of images.txt", photoNote],
  };
}

/** Numbers by image id. */
function readNumbers(file: TextFile, first: number, last: number): ReadonlyMap<string, number> {
  return new Map(
    readFields(file, 2).map(([image, value]) => [
      image!,
      readInteger(value!, { path: file.path, first, last }),
    ]),
  );
}

function numberOf(numbers: ReadonlyMap<string, number>, image: string, file: TextFile): number {
  const value = numbers.get(image);
  if (value !== undefined) return value;
  throw unreadable(file.path, `it lacks the image ${image}`);
}
