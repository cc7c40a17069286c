/**
 * Google Speech Commands v0.02: single spoken words.
 *
 * The list of test recordings is official. Both references read it with its line ends, so that taking
 * its lines away from the training recordings took nothing away: **their training data hold every test
 * recording**, and all published numbers were presumably made so. The variant `reference` does the
 * same; the default `clean` is the split as it was meant.
 *
 * @module
 */

import { findRaw, type FoundRaw, type RawForm } from "../raw/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { dirname, MissingError } from "../util/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import type { Clip, SpeechPlan } from "./speech/clips.ts";
import { speechConstants, speechDefaults, speechInput } from "./speech/constants.ts";
import { type SpeechFiles, tokenizeSpeech } from "./speech/tokenize_speech.ts";

const id = "speech-commands";
const testList = "testing_list.txt";
const validationList = "validation_list.txt";
const official = { recordings: 105_835, validation: 9_981, test: 11_005 };

// deno-fmt-ignore
const classNames = [
  "eight", "right", "happy", "three", "yes", "up", "no", "stop", "on", "four", "nine", "zero", "down",
  "go", "six", "two", "left", "five", "off", "seven", "one", "cat", "bird", "marvin", "wow", "tree",
  "dog", "sheila", "bed", "house", "follow", "visual", "backward", "forward", "learn",
  "_background_noise_",
];

const forms: readonly RawForm[] = [
  {
    path: "speech_commands_v0.02.tar.gz",
    url: "https://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    bytes: 2_428_923_189,
    sha256: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
  },
  { path: "speech_commands_v0.02" },
  // The archive has no folder of its own, so it may have been unpacked right here.
  { path: testList },
];

const task: TaskSpec = {
  kind: "single-label",
  classes: classNames.length,
  metric: "accuracy",
  classNames,
};
const shape: DatasetShape = { inputs: [speechInput], task, defaults: speechDefaults };

/** Google Speech Commands. */
export const speechCommands: Dataset = {
  id,
  title: "Google Speech Commands v0.02",
  domain: "speech",
  role: "transfer",
  summary: "105,829 recordings of 35 words, one second each, and background noise.",
  licence: "CC BY 4.0",
  homepage: "https://www.tensorflow.org/datasets/catalog/speech_commands",
  citation: "P. Warden. Speech Commands: a dataset for limited-vocabulary speech recognition. " +
    "arXiv:1804.03209 (2018)",
  files: [{
    path: forms[0]!.path,
    url: forms[0]!.url!,
    bytes: forms[0]!.bytes!,
    sha256: forms[0]!.sha256!,
    alternatives: forms.slice(1).map(({ path }) => path),
  }],
  variants: [
    { name: "clean", difference: "the test recordings are kept out of the training split" },
    {
      name: "reference",
      difference: "as published: the training split holds every test recording too (a leak)",
    },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    let found: FoundRaw = await findRaw(id, context.raw, forms);
    if (found.form.path === testList) {
      found = { ...found, path: dirname(found.path), kind: "folder" };
    }
    const isLeaky = context.variant === "reference";
    await tokenizeSpeech(
      {
        id,
        task,
        found: [found],
        ...speechConstants.GoogleSpeech,
        keyOf,
        textOf: (path) => /(?:^|\/)((?:testing|validation)_list\.txt)$/.exec(path)?.[1],
        plan: (files) => isLeaky ? leakyPlan(files, found.path) : cleanPlan(files, found.path),
      },
      context,
      writer,
    );
    if (isLeaky) {
      writer.note(
        "The training split holds every test recording, as in both references: scores do not " +
          "measure generalisation",
      );
    }
  },
};

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
function linesOf({ texts }: SpeechFiles, name: string, place: string): readonly string[] {
  const text = texts.get(name);
  if (text !== undefined) return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  throw new MissingError(`Cannot tokenize "${id}": "${place}" lacks "${name}"`);
}

function cleanPlan(files: SpeechFiles, place: string): SpeechPlan {
  const test = linesOf(files, testList, place).map((line) => line.trimEnd());
  const tested = new Set(test);
  const train = [...files.keys].sort().filter((key) => !tested.has(key));
  return planOf(files, train, test, linesOf(files, validationList, place).length);
}

function leakyPlan(files: SpeechFiles, place: string): SpeechPlan {
  const test = linesOf(files, testList, place);
  const validation = linesOf(files, validationList, place);
  // Only a last line without a line end names a recording.
  const taken = new Set([...test, ...validation]);
  const train = [...files.keys].sort().filter((key) => !taken.has(key));
  const trimmed = (lines: readonly string[]) => lines.map((line) => line.trimEnd());
  return planOf(
    files,
    [...train, ...trimmed(validation)],
    trimmed(test),
    validation.length,
  );
}

function planOf(
  { keys }: SpeechFiles,
  train: readonly string[],
  test: readonly string[],
  validation: number,
): SpeechPlan {
  return {
    splits: { train: train.map(clipOf), test: test.map(clipOf) },
    counts: [
      { what: "recordings", found: keys.length, official: official.recordings },
      { what: "validation recordings", found: validation, official: official.validation },
      { what: "test recordings", found: test.length, official: official.test },
    ],
  };
}
