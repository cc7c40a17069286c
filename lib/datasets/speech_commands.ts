/**
 * Google Speech Commands v0.02: single spoken words.
 *
 * The list of test recordings is official. Both references read it with its line ends, so that
 * taking its lines away from the training recordings took nothing away: **their training data hold
 * every test recording**, and all published numbers were presumably made so. The variant
 * `reference` does the same; the default `clean` is the split as it was meant.
 *
 * @module
 */

import { dirname } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import { type Clip, speechConstants, speechDataset, speechShape } from "./families/speech.ts";

const testList = "testing_list.txt";
const validationList = "validation_list.txt";
const official = { recordings: 105_835, validation: 9_981, test: 11_005 };

// deno-fmt-ignore
const classNames = [
  "eight", "right", "happy", "three", "yes", "up", "no", "stop", "on", "four", "nine", "zero",
  "down", "go", "six", "two", "left", "five", "off", "seven", "one", "cat", "bird", "marvin", "wow",
  "tree", "dog", "sheila", "bed", "house", "follow", "visual", "backward", "forward", "learn",
  "_background_noise_",
];

const archive = {
  path: "speech_commands_v0.02.tar.gz",
  url: "https://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
  bytes: 2_428_923_189,
  sha256: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
  // The archive has no folder of its own, so it may have been unpacked right here.
  alternatives: ["speech_commands_v0.02", testList],
};
const shape = speechShape(singleLabel(classNames));

interface CommandsVariant extends Variant {
  plan(files: SourceFiles): Plan<Clip>;
}

/** Google Speech Commands. */
export const speechCommands: Dataset = speechDataset<CommandsVariant>({
  id: "speech-commands",
  title: "Google Speech Commands v0.02",
  role: "transfer",
  summary: "105,829 recordings of 35 words, one second each, and background noise.",
  licence: "CC BY 4.0",
  homepage: "https://www.tensorflow.org/datasets/catalog/speech_commands",
  citation: "P. Warden. Speech Commands: a dataset for limited-vocabulary speech recognition. " +
    "arXiv:1804.03209 (2018)",
  files: [archive],
  variants: [
    {
      name: "clean",
      difference: "the test recordings are kept out of the training split",
      shape,
      plan: cleanPlan,
    },
    {
      name: "reference",
      difference: "as published: the training split holds every test recording too (a leak)",
      shape,
      plan: leakyPlan,
    },
  ],
  constants: speechConstants.GoogleSpeech,
  async find(run) {
    const found = await run.locate(archive);
    if (found.form.path !== testList) return [found];
    return [{ ...found, path: dirname(found.path), kind: "folder" }];
  },
  keyOf,
  textOf: (path) => /(?:^|\/)((?:testing|validation)_list\.txt)$/.exec(path)?.[1],
  plan: (files, { variant }) => variant.plan(files),
});

/** Word and file, such as `bed/00176480_nohash_0.wav`. */
function keyOf(path: string): string | undefined {
  const match = /(?:^|\/)(([^/]+)\/[^/]+\.wav)$/.exec(path);
  return classNames.includes(match?.[2] ?? "") ? match![1] : undefined;
}

const clipOf = (key: string): Clip => ({
  key,
  label: classNames.indexOf(key.slice(0, key.indexOf("/"))),
});

/** A list with the line ends that the references left in it. */
function linesOf(files: SourceFiles, name: string): readonly string[] {
  return files.text(name, `"${name}"`).text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function cleanPlan(files: SourceFiles): Plan<Clip> {
  const test = linesOf(files, testList).map((line) => line.trimEnd());
  const tested = new Set(test);
  const train = [...files.keys].sort().filter((key) => !tested.has(key));
  return planOf(files, train, test, linesOf(files, validationList).length);
}

function leakyPlan(files: SourceFiles): Plan<Clip> {
  const test = linesOf(files, testList);
  const validation = linesOf(files, validationList);
  // Only a last line without a line end names a recording.
  const taken = new Set([...test, ...validation]);
  const train = [...files.keys].sort().filter((key) => !taken.has(key));
  const trimmed = (lines: readonly string[]) => lines.map((line) => line.trimEnd());
  return {
    ...planOf(files, [...train, ...trimmed(validation)], trimmed(test), validation.length),
    notes: [
      "The training split holds every test recording, as in both references: scores do not " +
      "measure generalisation",
    ],
  };
}

function planOf(
  { keys }: SourceFiles,
  train: readonly string[],
  test: readonly string[],
  validation: number,
): Plan<Clip> {
  return {
    splits: { train: train.map(clipOf), test: test.map(clipOf) },
    counts: [
      { what: "recordings", found: keys.length, official: official.recordings },
      { what: "validation recordings", found: validation, official: official.validation },
      { what: "test recordings", found: test.length, official: official.test },
    ],
  };
}
