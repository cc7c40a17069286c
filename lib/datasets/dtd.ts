/**
 * Describable Textures Dataset, partition 1: training and validation lists together against the
 * test list.
 *
 * @module
 */

import { unreadable } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { readFields } from "./conversion/text_lists.ts";
import { imageDataset, photoNote, photoVariants, type Picture } from "./families/images.ts";

/** The names of the classes, sorted: a label is a name's position. */
// deno-fmt-ignore
const classNames = [
  "banded", "blotchy", "braided", "bubbly", "bumpy", "chequered", "cobwebbed", "cracked",
  "crosshatched", "crystalline", "dotted", "fibrous", "flecked", "freckled", "frilly", "gauzy",
  "grid", "grooved", "honeycombed", "interlaced", "knitted", "lacelike", "lined", "marbled",
  "matted", "meshed", "paisley", "perforated", "pitted", "pleated", "polka-dotted", "porous",
  "potholed", "scaly", "smeared", "spiralled", "sprinkled", "stained", "stratified", "striped",
  "studded", "swirly", "veined", "waffled", "woven", "wrinkled", "zigzagged",
];

/** Describable textures. */
export const dtd: Dataset = imageDataset({
  id: "dtd",
  title: "DTD describable textures",
  domain: "natural images",
  role: "transfer",
  summary: "5,640 photos of textures in 47 classes, 1,880 of them for testing.",
  licence: "Research use",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/dtd/",
  citation:
    "M. Cimpoi, S. Maji, I. Kokkinos, S. Mohamed, A. Vedaldi. Describing textures in the wild. " +
    "CVPR (2014)",
  files: [{
    path: "dtd-r1.0.1.tar.gz",
    url: "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz",
    bytes: 625_239_812,
    sha256: "e42855a52a4950a3b59612834602aa253914755c95b0cff9ead6d07395f8e205",
    alternatives: ["dtd"],
  }],
  variants: photoVariants(singleLabel(classNames)),
  keyOf: (path) => /(?:^|\/)dtd\/images\/([^/]+\/[^/]+\.jpe?g)$/i.exec(path)?.[1],
  textOf: (path) => /(?:^|\/)dtd\/labels\/((?:train|val|test)1\.txt)$/.exec(path)?.[1],
  plan,
});

function plan(files: SourceFiles): Plan<Picture> {
  const [train, validation, test] = ["train1.txt", "val1.txt", "test1.txt"].map((name) =>
    readList(files, name)
  ) as [Picture[], Picture[], Picture[]];
  return {
    splits: { train: [...train, ...validation], test },
    counts: [
      { what: "training images", found: train.length + validation.length, official: 3_760 },
      { what: "test images", found: test.length, official: 1_880 },
    ],
    notes: ["Split: lists train1 and val1 against test1, in the order of the lists", photoNote],
  };
}

function readList(files: SourceFiles, name: string): readonly Picture[] {
  const file = files.text(name);
  return readFields(file, 1).map(([key]) => {
    const label = classNames.indexOf(key!.split("/")[0]!);
    if (label >= 0) return { key: key!, label };
    throw unreadable(file.path, `${JSON.stringify(key)} is of no known class`);
  });
}
