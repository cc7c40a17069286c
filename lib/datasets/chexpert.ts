/**
 * CheXpert: chest X-rays with five findings, as DABS uses it. What is not mentioned or uncertain
 * counts as absent.
 *
 * @module
 */

import type { FoundRaw } from "../raw/mod.ts";
import { MissingError, unreadable } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import { readColumns, type TextFile } from "./conversion/text_lists.ts";
import { imageDataset, photoNote, type Picture, xrayShape } from "./families/images.ts";

const official = { train: 223_414, valid: 234 };

const how =
  "Register at https://stanfordmlgroup.github.io/competitions/chexpert/ to be sent the address";
/** The reference prefers the full images where they are there. */
const full = { path: "CheXpert-v1.0", alternatives: ["CheXpert-v1.0.zip"] };
const small = { path: "CheXpert-v1.0-small.zip", how, alternatives: ["CheXpert-v1.0-small"] };

/** The findings in the order of the labels. */
const classNames = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion"];

/** CheXpert. */
export const chexpert: Dataset = imageDataset({
  id: "chexpert",
  title: "CheXpert chest X-rays",
  domain: "medical images",
  role: "both",
  summary: "223,648 chest X-rays with five findings, 234 of them for testing.",
  licence: "Stanford University research use agreement, by registration",
  homepage: "https://stanfordmlgroup.github.io/competitions/chexpert/",
  citation:
    "J. Irvin, P. Rajpurkar, M. Ko, et al. CheXpert: a large chest radiograph dataset with " +
    "uncertainty labels and expert comparison. AAAI (2019)",
  files: [{ ...small, alternatives: [...small.alternatives, full.path, ...full.alternatives] }],
  variants: [{
    name: "dabs",
    difference: "224x224 pixels, patch 16; the official validation set is the test",
    shape: xrayShape(classNames),
  }],
  find: async (run) => [await findFull(run) ?? await run.locate(small)],
  keyOf: (path) => /(?:^|\/)((?:train|valid)\/patient.+\.jpg)$/.exec(path)?.[1],
  textOf: (path) => /(?:^|\/)((?:train|valid)\.csv)$/.exec(path)?.[1],
  plan,
});

/** The full images, or nothing. */
async function findFull(run: Conversion): Promise<FoundRaw | undefined> {
  try {
    return await run.locate(full);
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

function plan(files: SourceFiles): Plan<Picture> {
  const train = readTable(files.text("train.csv"));
  const test = readTable(files.text("valid.csv"));
  return {
    splits: { train, test },
    counts: [
      { what: "training images", found: train.length, official: official.train },
      { what: "test images", found: test.length, official: official.valid },
    ],
    notes: [
      "Split: train.csv against valid.csv, in their order; findings that are missing or " +
      "uncertain count as absent",
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
      throw unreadable(path, `row ${i + 1} has the path ${JSON.stringify(image)}`);
    }
    return { key, label: findings.map((value) => readFinding(value, path, i + 1)) };
  });
}

function readFinding(value: string, path: string, row: number): number {
  const number = Number(value === "" ? 0 : value);
  if ([-1, 0, 1].includes(number)) return Math.max(0, number);
  const text = JSON.stringify(value);
  throw unreadable(path, `row ${row} has the finding ${text}, wanted 1, 0, -1 or nothing`);
}
