/**
 * ChestX-ray8: chest X-rays with eight findings, as DABS uses them, from the archives of the later
 * release.
 *
 * The reference cuts the images at random, so that a patient is on both sides; the variant `clean`
 * uses the official lists, which keep patients apart.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import { type FoundRaw, listFolder } from "../raw/mod.ts";
import { randomState } from "../reference/mod.ts";
import { MissingError, unreadable } from "../util/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import type { Conversion, Dataset, Variant } from "./conversion/dataset.ts";
import { longestList, readColumns, readFields, type TextFile } from "./conversion/text_lists.ts";
import { imageDataset, photoNote, type Picture, xrayShape } from "./families/images.ts";

const official = 112_120;
const site = "https://nihcc.app.box.com/v/ChestXray-NIHCC";

const images = {
  path: "images_01.tar.gz",
  how: `Download the twelve archives images_01.tar.gz to images_12.tar.gz from ${site}`,
  alternatives: ["images"],
};
const table = {
  path: "Data_Entry_2017_v2020.csv",
  how: `Download the table from ${site}`,
  alternatives: ["Data_Entry_2017.csv", "metadata.csv"],
};
const archiveName = /^(?:images|chestxray8_images)_\d+(?:\.tar\.gz)?$/;

/** The findings in the order of the labels. */
// deno-fmt-ignore
const classNames = [
  "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
  "Pneumothorax",
];
const shape = xrayShape(classNames);

interface XrayVariant extends Variant {
  /**
   * Official lists of the training and the test images; the images are cut at random without them.
   */
  readonly lists?: readonly string[];
}

/** ChestX-ray8. */
export const chestxRay8: Dataset = imageDataset<XrayVariant>({
  id: "chestx-ray8",
  title: "ChestX-ray8",
  domain: "medical images",
  role: "transfer",
  summary: "112,120 chest X-rays with eight findings, a tenth of them for testing.",
  licence: "Free use; credit the NIH Clinical Center and cite the paper",
  homepage: site,
  citation:
    "X. Wang, Y. Peng, L. Lu, Z. Lu, M. Bagheri, R. M. Summers. ChestX-ray8: hospital-scale " +
    "chest X-ray database and benchmarks. CVPR (2017)",
  files: [images, table],
  variants: [
    {
      name: "dabs",
      difference: "224x224 pixels, patch 16; images cut 90/10, patients on both sides",
      shape,
    },
    {
      name: "clean",
      difference: "the official lists, which keep patients apart (not published)",
      shape,
      lists: ["train_val_list.txt", "test_list.txt"],
    },
  ],
  async find(run) {
    const found = await findImages(run);
    for (const file of listFiles(run.variant)) await run.locate(file);
    return found;
  },
  keyOf: (path) => /(?:^|\/)([^/]+\.png)$/.exec(path)?.[1],
  async plan({ keys }, run) {
    const texts: TextFile[] = [];
    for (const file of listFiles(run.variant)) texts.push(await readText(await run.locate(file)));
    const [labels, ...lists] = texts;
    const parts = lists.length === 0
      ? cutAtRandom(keys, run.id)
      : lists.map((list) => readFields(list, 1).map(([key]) => key!));
    return plan(keys, readTable(labels!), parts, lists.length > 0);
  },
});

/** The table, and the lists of a variant. */
function listFiles({ lists = [] }: XrayVariant) {
  return [table, ...lists.map((path) => ({ path, how: `Download the list from ${site}` }))];
}

/** The folder of images, or all archives that are there. */
async function findImages(run: Conversion): Promise<readonly FoundRaw[]> {
  const names = (await listFolder(run.raw ?? ".")).filter((name) => archiveName.test(name));
  if (names.length === 0) return [await run.locate(images)];
  const found: FoundRaw[] = [];
  for (const path of names) found.push(await run.locate({ path }));
  return found;
}

async function readText({ path }: FoundRaw): Promise<TextFile> {
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestList });
  return { path, text: new TextDecoder().decode(bytes) };
}

interface Labels {
  readonly path: string;
  /** Findings by image. */
  readonly findings: ReadonlyMap<string, readonly number[]>;
}

/** A finding is there if its name is a part of the text: `Mass`, or `Effusion|Mass`. */
function readTable(file: TextFile): Labels {
  const rows = readColumns(file, ["Image Index", "Finding Labels"]);
  return {
    path: file.path,
    findings: new Map(
      rows.map(([image, text]) => [image!, classNames.map((name) => text!.includes(name) ? 1 : 0)]),
    ),
  };
}

function plan(
  keys: readonly string[],
  { path, findings }: Labels,
  [train, test]: readonly (readonly string[])[],
  isOfficial: boolean,
): Plan<Picture> {
  const picture = (key: string): Picture => {
    const label = findings.get(key);
    if (label !== undefined) return { key, label };
    throw unreadable(path, `it lacks the image "${key}"`);
  };
  return {
    splits: { train: train!.map(picture), test: test!.map(picture) },
    counts: [{ what: "images", found: keys.length, official }],
    notes: [
      isOfficial
        ? "Split: the official lists train_val_list.txt and test_list.txt"
        : "Split: the images, sorted by name, are shuffled by RandomState(42), the first 90 % " +
          "for training; the reference takes them in the order of the file system. Patients are " +
          "on both sides",
      photoNote,
    ],
  };
}

function cutAtRandom(keys: readonly string[], id: string): readonly (readonly string[])[] {
  const names = keys.toSorted();
  randomState(42).shuffle(names);
  const cut = Math.trunc(names.length * 0.9);
  if (cut === 0 || cut === names.length) {
    throw new MissingError(
      `Cannot tokenize "${id}": ${names.length} images are too few for two splits`,
    );
  }
  return [names.slice(0, cut), names.slice(cut)];
}
