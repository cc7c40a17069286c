/**
 * Layouts of real samples that the task `samples` knows, and what it expects of each.
 *
 * What is expected is found in a way of its own, as simple as can be: lines are split, whole files are
 * parsed, files are counted by their names.
 *
 * @module
 */

import type { ConversionOptions } from "../../lib/datasets/conversion/dataset.ts";
import { join } from "../../lib/util/path.ts";
import { countFiles, findFiles, readText } from "./raw_text.ts";
import { type ReaderCheck, readFlac, readMatlab, readXrayLabels } from "./reader_checks.ts";

/** Samples of one data set. */
export interface SampleLayout {
  /** Folder below the one that the task is given. */
  readonly folder: string;
  /** Data set that reads them. */
  readonly dataset: string;
  readonly variant?: string;
  readonly options?: ConversionOptions["options"];
  /** Number of rows that the store must have. */
  rows(folder: string): Promise<number>;
  /** Number of samples of each class, in the order of the classes, where the names of files tell. */
  readonly classes?: (folder: string) => Promise<readonly number[]>;
  /** Values of a row as the raw file has them, where that can be told simply. */
  readonly spot?: (folder: string, row: number) => Promise<readonly number[]>;
}

/** Files that are only read: too few for a data set. */
export interface ReaderLayout {
  readonly folder: string;
  /** What is read. */
  readonly reader: string;
  check: ReaderCheck;
}

const images = ["jpg", "jpeg", "png", "ppm"];
const recordings = ["wav", "flac"];
const alphabet = "XARNDCQEGHILKMFPSTWYVUOBZJ";
const proteinLength = 128;
const windowLength = 250;

const lines = async (path: string) => (await readText(path)).trim().split("\n");

/** Order of the features in `HIGGS.csv`, by their places among the sorted names. */
// deno-fmt-ignore
const higgsPlaces = [
  8, 6, 7, 5, 12, 10, 11, 9, 16, 14, 15, 13, 20, 18, 19, 17, 1, 0, 2, 25, 21, 22, 24, 23, 26, 27, 3, 4,
].map((column, place) => ({ column, place }));

async function proteins(folder: string, name: string): Promise<readonly { primary: string }[]> {
  const parts = ["train", "valid"].map((part) => join(folder, `${name}_${part}.json`));
  return (await Promise.all(parts.map(readText))).flatMap((text) => JSON.parse(text));
}

function proteinLayout(dataset: string, name: string): SampleLayout {
  return {
    folder: `proteins/converted_tape_layout/${name}`,
    dataset,
    rows: async (folder) => (await proteins(folder, name)).length,
    spot: async (folder, row) => {
      const { primary } = (await proteins(folder, name))[row]!;
      const padded = primary.slice(0, proteinLength).padEnd(proteinLength, "X");
      return Array.from(padded, (letter) => alphabet.indexOf(letter));
    },
  };
}

/** All windows of the genomes in a folder, in the order of the files. */
async function genomeWindows(folder: string): Promise<readonly string[]> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  const windows: string[] = [];
  for (const name of names) {
    for (const record of (await readText(join(folder, name))).split(">").slice(1)) {
      const sequence = record.split("\n").slice(1).join("").toUpperCase();
      for (let at = 0; at + windowLength <= sequence.length; at += windowLength) {
        const window = sequence.slice(at, at + windowLength);
        if (/^[ACGT]*$/.test(window)) windows.push(window);
      }
    }
  }
  return windows;
}

/** Counts files by a part of their paths, in the order of that part. */
function countBy(pattern: RegExp, extensions: readonly string[]) {
  return async (folder: string): Promise<readonly number[]> => {
    const counts = new Map<string, number>();
    for (const path of await findFiles(folder, extensions)) {
      const part = pattern.exec(path)?.[1] ?? "";
      counts.set(part, (counts.get(part) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([, count]) => count);
  };
}

/** Samples that become stores. */
export const sampleLayouts: readonly SampleLayout[] = [
  {
    folder: "cifar10_images",
    dataset: "folder",
    rows: (folder) => countFiles(folder, images),
    classes: countBy(/([^/]+)\/[^/]+$/, images),
  },
  {
    folder: "free_spoken_digit",
    dataset: "folder",
    options: { labelPattern: "^(\\d)_" },
    rows: (folder) => countFiles(folder, recordings),
    classes: countBy(/(\d)_[^/]+$/, recordings),
  },
  {
    folder: "gtsrb",
    dataset: "traffic-sign",
    rows: (folder) => countFiles(folder, ["ppm"]),
    classes: countBy(/(\d+)\/[^/]+$/, ["ppm"]),
  },
  {
    folder: "higgs",
    dataset: "higgs",
    rows: async (folder) => (await lines(join(folder, "HIGGS.csv"))).length,
    spot: async (folder, row) => {
      const fields = (await lines(join(folder, "HIGGS.csv")))[row]!.split(",").slice(1);
      const values = new Array<number>(fields.length);
      for (const { column, place } of higgsPlaces) {
        values[place] = Math.fround(Number(fields[column]));
      }
      return values;
    },
  },
  proteinLayout("fluorescence", "fluorescence"),
  proteinLayout("secondary-structure", "secondary_structure"),
  {
    folder: "genomics",
    dataset: "fasta",
    options: { window: windowLength },
    rows: async (folder) => (await genomeWindows(folder)).length,
    spot: async (folder, row) =>
      Array.from((await genomeWindows(folder))[row]!, (base) => "ACGT".indexOf(base)),
  },
  {
    folder: "coco_captions",
    dataset: "mscoco",
    variant: "captions",
    rows: (folder) => countFiles(folder, ["jpg"]),
  },
];

/** Samples that are only read. */
export const readerLayouts: readonly ReaderLayout[] = [
  { folder: "librispeech", reader: "FLAC and WAV", check: readFlac },
  { folder: "chest_xray8", reader: "labels of chestx-ray8", check: readXrayLabels },
  { folder: "flowers102_labels", reader: "MATLAB files", check: readMatlab },
];
