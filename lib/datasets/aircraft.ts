/**
 * FGVC-Aircraft: photos of 100 variants of aircraft, cut to the aircraft's box.
 *
 * The references hand the numbers of the box, which count from 1 and include the last row and
 * column, to a cut that counts from 0 and excludes them: the first row and column of the box are
 * lost. That is kept.
 *
 * @module
 */

import type { Box } from "../signal/mod.ts";
import { DataError, unreadable } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { readFields, readInteger, type TextFile } from "./conversion/text_lists.ts";
import { imageDataset, photoNote, photoVariants, type Picture } from "./families/images.ts";

const official = { variants: 100, trainval: 6_667, test: 3_333 };
/** DABS builds two outputs more than there are variants. */
const dabsOutputs = 102;
const largestSide = 65_535;

const [metamaeVariant] = photoVariants(singleLabel(official.variants));
const [, ...dabsVariants] = photoVariants(singleLabel(dabsOutputs));

/** FGVC-Aircraft 2013b. */
export const aircraft: Dataset = imageDataset({
  id: "aircraft",
  title: "FGVC-Aircraft",
  domain: "natural images",
  role: "transfer",
  summary: "10,000 photos of 100 variants of aircraft, 3,333 of them for testing.",
  licence: "Non-commercial research",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/",
  citation:
    "S. Maji, E. Rahtu, J. Kannala, M. Blaschko, A. Vedaldi. Fine-grained visual classification " +
    "of aircraft. arXiv:1306.5151 (2013)",
  files: [{
    path: "fgvc-aircraft-2013b.tar.gz",
    url: "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz",
    bytes: 2_770_575_360,
    sha256: "d5f68b1b81d6d7831eb9d5c5517074176b5dfbce6bcb43dc14ed1c66a87b8d75",
    alternatives: ["fgvc-aircraft-2013b"],
  }],
  variants: [
    metamaeVariant!,
    ...dabsVariants.map((variant) => ({
      ...variant,
      difference: `${variant.difference}, ${dabsOutputs} outputs of which 100 are used`,
    })),
  ],
  keyOf: (path) => /(?:^|\/)data\/images\/([^/]+)\.jpg$/.exec(path)?.[1],
  textOf: (path) =>
    /(?:^|\/)data\/(images_(?:variant_trainval|variant_test|box)\.txt)$/.exec(path)?.[1],
  plan: (files, { id }) => plan(files, id),
});

function plan(files: SourceFiles, id: string): Plan<Picture> {
  const boxes = readBoxes(files.text("images_box.txt"));
  const [trainval, test] = ["trainval", "test"].map((name) =>
    readFields(files.text(`images_variant_${name}.txt`), 2).map(([key, variant]) => ({
      key: key!,
      variant: variant!,
    }))
  ) as [VariantLine[], VariantLine[]];
  const names = [...new Set([...trainval, ...test].map(({ variant }) => variant))].sort();
  if (names.length > official.variants) {
    throw new DataError(
      `Cannot tokenize "${id}": the lists name ${names.length} variants, the official ones ` +
        `${official.variants}`,
    );
  }
  const pictures = (lines: readonly VariantLine[]) =>
    lines.toSorted((a, b) => compare(a.variant, b.variant) || compare(a.key, b.key))
      .map(({ key, variant }): Picture => {
        const box = boxes.get(key);
        if (box !== undefined) return { key, label: names.indexOf(variant), box };
        throw unreadable(files.text("images_box.txt").path, `it lacks the image "${key}"`);
      });
  return {
    splits: { train: pictures(trainval), test: pictures(test) },
    counts: [
      { what: "variants", found: names.length, official: official.variants },
      { what: "training images", found: trainval.length, official: official.trainval },
      { what: "test images", found: test.length, official: official.test },
    ],
    notes: [
      "Split: lists trainval and test, ordered by variant and name; images are cut to their " +
      "boxes, without the first row and column of a box, as in the references",
      photoNote,
    ],
  };
}

interface VariantLine {
  readonly key: string;
  readonly variant: string;
}

const compare = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

function readBoxes(file: TextFile): ReadonlyMap<string, Box> {
  return new Map(
    readFields(file, 5).map(([key, ...numbers]) => {
      const [left, top, right, bottom] = numbers.map((text) =>
        readInteger(text, { path: file.path, first: 0, last: largestSide })
      ) as [number, number, number, number];
      return [key!, { left, top, right, bottom }];
    }),
  );
}
