/**
 * CheXpert: chest X-rays with five findings, as DABS uses it. What is not mentioned or uncertain counts as
 * absent.
 *
 * @module
 */

import { findRaw, type FoundRaw, type RawForm } from "../raw/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import { DataError, MissingError } from "../util/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import type { Picture, PicturePlan } from "./images/plan.ts";
import { readColumns, type TextFile } from "./images/text_lines.ts";
import { type ImageFiles, tokenizeImages } from "./images/tokenize_images.ts";
import { photoNote } from "./images/variants.ts";

const id = "chexpert";
const official = { train: 223_414, valid: 234 };

const how =
  "Register at https://stanfordmlgroup.github.io/competitions/chexpert/ to be sent the address";
/** The reference prefers the full images where they are there. */
const fullForms: readonly RawForm[] = [
  { path: "CheXpert-v1.0" },
  { path: "CheXpert-v1.0.zip" },
];
const smallForms: readonly RawForm[] = [
  { path: "CheXpert-v1.0-small.zip", how },
  { path: "CheXpert-v1.0-small" },
];

/** The findings in the order of the labels. */
const classNames = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion"];

const input: InputSpec = { kind: "image", channels: 3, height: 224, width: 224, patch: 16 };
const shape: DatasetShape = {
  inputs: [input],
  task: { kind: "multi-label", classes: classNames.length, metric: "auroc", classNames },
  defaults: { batchSize: 64 },
};

/** CheXpert. */
export const chexpert: Dataset = {
  id,
  title: "CheXpert chest X-rays",
  domain: "medical images",
  role: "both",
  summary: "223,648 chest X-rays with five findings, 234 of them for testing.",
  licence: "Stanford University research use agreement, by registration",
  homepage: "https://stanfordmlgroup.github.io/competitions/chexpert/",
  citation:
    "J. Irvin, P. Rajpurkar, M. Ko, et al. CheXpert: a large chest radiograph dataset with uncertainty " +
    "labels and expert comparison. AAAI (2019)",
  files: [{
    path: smallForms[0]!.path,
    how,
    alternatives: [smallForms[1]!, ...fullForms].map(({ path }) => path),
  }],
  variants: [
    {
      name: "dabs",
      difference: "224x224 pixels, patch 16; the official validation set is the test",
    },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findFull(context.raw) ?? await findRaw(id, context.raw, smallForms);
    await tokenizeImages(
      {
        id,
        shape,
        found: [found],
        keyOf: (path) => /(?:^|\/)((?:train|valid)\/patient.+\.jpg)$/.exec(path)?.[1],
        textOf: (path) => /(?:^|\/)((?:train|valid)\.csv)$/.exec(path)?.[1],
        plan,
      },
      context,
      writer,
    );
  },
};

/** The full images, or nothing. */
async function findFull(raw: string | undefined): Promise<FoundRaw | undefined> {
  try {
    return await findRaw(id, raw, fullForms);
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

function plan(files: ImageFiles): PicturePlan {
  const train = readTable(files.text("train.csv"));
  const test = readTable(files.text("valid.csv"));
  return {
    splits: { train, test },
    counts: [
      { what: "training images", found: train.length, official: official.train },
      { what: "test images", found: test.length, official: official.valid },
    ],
    notes: [
      "Split: train.csv against valid.csv, in their order; findings that are missing or uncertain " +
      "count as absent",
      photoNote,
    ],
  };
}

/** The images of a table with their findings. */
function readTable(file: TextFile): readonly Picture[] {
  const { path } = file;
  return readColumns(file, ["Path", ...classNames]).map(([image, ...findings], i) => {
    const key = /(?:^|\/)((?:train|valid)\/.+)$/.exec(image!)?.[1];
    if (key === undefined) {
      throw new DataError(
        `Cannot read "${path}": row ${i + 1} has the path ${JSON.stringify(image)}`,
      );
    }
    return { key, label: findings.map((value) => readFinding(value, path, i + 1)) };
  });
}

function readFinding(value: string, path: string, row: number): number {
  const number = Number(value === "" ? 0 : value);
  if ([-1, 0, 1].includes(number)) return Math.max(0, number);
  const text = JSON.stringify(value);
  throw new DataError(
    `Cannot read "${path}": row ${row} has the finding ${text}, wanted 1, 0, -1 or nothing`,
  );
}
