/**
 * ChestX-ray8: chest X-rays with eight findings, as DABS uses them, from the archives of the later
 * release.
 *
 * The reference cuts the images at random, so that a patient is on both sides; the variant `clean` uses
 * the official lists, which keep patients apart.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import { findRaw, type FoundRaw, type RawForm } from "../raw/mod.ts";
import { randomState } from "../reference/mod.ts";
import { DataError, explained, MissingError } from "../util/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import type { Picture, PicturePlan } from "./images/plan.ts";
import { readColumns, readFields, type TextFile } from "./images/text_lines.ts";
import { tokenizeImages } from "./images/tokenize_images.ts";
import { photoNote } from "./images/variants.ts";

const id = "chestx-ray8";
const official = 112_120;
const site = "https://nihcc.app.box.com/v/ChestXray-NIHCC";
/** Twenty times the official table. */
const longestTable = 2 ** 28;

const table = { path: "Data_Entry_2017_v2020.csv", how: `Download the table from ${site}` };
const tableForms: readonly RawForm[] = [
  table,
  { path: "Data_Entry_2017.csv" },
  { path: "metadata.csv" },
];
const images = {
  path: "images_01.tar.gz",
  how: `Download the twelve archives images_01.tar.gz to images_12.tar.gz from ${site}`,
};
const archiveName = /^(?:images|chestxray8_images)_\d+(?:\.tar\.gz)?$/;

/** The findings in the order of the labels. */
// deno-fmt-ignore
const classNames = [
  "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
  "Pneumothorax",
];

const shape: DatasetShape = {
  inputs: [{ kind: "image", channels: 3, height: 224, width: 224, patch: 16 }],
  task: { kind: "multi-label", classes: classNames.length, metric: "auroc", classNames },
  defaults: { batchSize: 64 },
};

/** ChestX-ray8. */
export const chestxRay8: Dataset = {
  id,
  title: "ChestX-ray8",
  domain: "medical images",
  role: "transfer",
  summary: "112,120 chest X-rays with eight findings, a tenth of them for testing.",
  licence: "Free use; credit the NIH Clinical Center and cite the paper",
  homepage: site,
  citation:
    "X. Wang, Y. Peng, L. Lu, Z. Lu, M. Bagheri, R. M. Summers. ChestX-ray8: hospital-scale chest X-ray " +
    "database and benchmarks. CVPR (2017)",
  files: [{ ...images, alternatives: ["images"] }, {
    ...table,
    alternatives: tableForms.slice(1).map(({ path }) => path),
  }],
  variants: [
    {
      name: "dabs",
      difference: "224x224 pixels, patch 16; images cut 90/10, patients on both sides",
    },
    { name: "clean", difference: "the official lists, which keep patients apart (not published)" },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findImages(context.raw);
    const labels = readTable(await readText(await findRaw(id, context.raw, tableForms)));
    const lists = context.variant === "clean" ? await readLists(context.raw) : undefined;
    await tokenizeImages(
      {
        id,
        shape,
        found,
        keyOf: (path) => /(?:^|\/)([^/]+\.png)$/.exec(path)?.[1],
        plan: ({ keys }) => plan(keys, labels, lists),
      },
      context,
      writer,
    );
  },
};

/** The folder of images, or all archives that are there. */
async function findImages(raw: string | undefined): Promise<readonly FoundRaw[]> {
  const folder = raw ?? ".";
  const entries = await explained(
    `Cannot list the folder "${folder}"`,
    () => Array.fromAsync(Deno.readDir(folder)),
  );
  const names = entries.map(({ name }) => name).filter((name) => archiveName.test(name)).sort();
  if (names.length === 0) return [await findRaw(id, raw, [images, { path: "images" }])];
  const found: FoundRaw[] = [];
  for (const path of names) found.push(await findRaw(id, raw, [{ path }]));
  return found;
}

/** The official lists of both parts. */
async function readLists(raw: string | undefined): Promise<readonly TextFile[]> {
  const lists: TextFile[] = [];
  for (const path of ["train_val_list.txt", "test_list.txt"]) {
    const how = `Download the list from ${site}`;
    lists.push(await readText(await findRaw(id, raw, [{ path, how }])));
  }
  return lists;
}

async function readText({ path }: FoundRaw): Promise<TextFile> {
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestTable });
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
      rows.map(([image, text]) => [
        image!,
        classNames.map((name) => text!.includes(name) ? 1 : 0),
      ]),
    ),
  };
}

function plan(
  keys: readonly string[],
  { path, findings }: Labels,
  lists: readonly TextFile[] | undefined,
): PicturePlan {
  const picture = (key: string): Picture => {
    const label = findings.get(key);
    if (label !== undefined) return { key, label };
    throw new DataError(`Cannot read "${path}": it lacks the image "${key}"`);
  };
  const [train, test] = lists?.map((list) => readFields(list, 1).map(([key]) => key!)) ??
    cutAtRandom(keys);
  return {
    splits: { train: train!.map(picture), test: test!.map(picture) },
    counts: [{ what: "images", found: keys.length, official }],
    notes: [
      lists === undefined
        ? "Split: the images, sorted by name, are shuffled by RandomState(42), the first 90 % for " +
          "training; the reference takes them in the order of the file system. Patients are on both sides"
        : "Split: the official lists train_val_list.txt and test_list.txt",
      photoNote,
    ],
  };
}

function cutAtRandom(keys: readonly string[]): readonly (readonly string[])[] {
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
