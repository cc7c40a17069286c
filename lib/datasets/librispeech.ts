/**
 * LibriSpeech: 960 hours of read English for pretraining, and the 40 speakers of its part dev-clean to
 * be told apart.
 *
 * Recordings come in the order of their names as text, part by part. The recordings of each dev-clean
 * speaker are shuffled and cut 80/20, so that training and test share chapters: the same session.
 *
 * @module
 */

import { findRaw, type RawForm } from "../raw/mod.ts";
import { groupedSplit } from "../reference/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import type { Dataset, DatasetShape, RawFile } from "./dataset.ts";
import type { Clip, SpeechPlan } from "./speech/clips.ts";
import { speechConstants, speechDefaults, speechInput } from "./speech/constants.ts";
import { type SpeechFiles, tokenizeSpeech } from "./speech/tokenize_speech.ts";

const id = "librispeech";
const speakers = 40;
const site = "https://www.openslr.org/resources/12";

interface Part extends RawFile {
  readonly name: string;
  readonly recordings: number;
}

const part = (name: string, recordings: number, bytes: number, sha256: string): Part => ({
  name,
  recordings,
  path: `${name}.tar.gz`,
  url: `${site}/${name}.tar.gz`,
  bytes,
  sha256,
  alternatives: [`LibriSpeech/${name}`, name],
});

const clean100 = part(
  "train-clean-100",
  28_539,
  6_387_309_499,
  "d4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2",
);
const devClean = part(
  "dev-clean",
  2_703,
  337_926_286,
  "76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3",
);
const trainParts = [
  clean100,
  part(
    "train-clean-360",
    104_014,
    23_049_477_885,
    "146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf",
  ),
  part(
    "train-other-500",
    148_688,
    30_593_501_606,
    "ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2",
  ),
];

/** Parts for pretraining by variant. */
const pretrainParts: ReadonlyMap<string, readonly Part[]> = new Map([
  ["metamae", trainParts],
  ["dabs", trainParts],
  ["clean-100", [clean100]],
  ["speakers", []],
]);

const task: TaskSpec = { kind: "single-label", classes: speakers, metric: "accuracy" };
const shape: DatasetShape = { inputs: [speechInput], task, defaults: speechDefaults };

/** LibriSpeech. */
export const librispeech: Dataset = {
  id,
  title: "LibriSpeech",
  domain: "speech",
  role: "both",
  summary: "960 hours of read English at 16 kHz, and 40 speakers to be told apart.",
  licence: "CC BY 4.0",
  homepage: "https://www.openslr.org/12",
  citation:
    "V. Panayotov, G. Chen, D. Povey, S. Khudanpur. Librispeech: an ASR corpus based on public " +
    "domain audio books. ICASSP (2015)",
  files: [devClean, ...trainParts].map(({ name: _, recordings: __, ...file }) => file),
  variants: [
    { name: "metamae", difference: "pretraining on 960 hours; speakers of dev-clean cut 80/20" },
    { name: "dabs", difference: "the same, with all of dev-clean as validation split as well" },
    { name: "clean-100", difference: "pretraining on train-clean-100 alone (not published)" },
    { name: "speakers", difference: "dev-clean alone, which is then the pretraining data too" },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const parts = [devClean, ...pretrainParts.get(context.variant)!];
    const found = [];
    for (const one of parts) {
      const paths = [one.path, ...one.alternatives!];
      const forms = paths.map((path): RawForm => path === one.path ? one : { path });
      found.push(await findRaw(id, context.raw, forms));
    }
    await tokenizeSpeech(
      {
        id,
        task,
        found,
        ...speechConstants.LibriSpeech,
        keyOf,
        plan: (files) => plan(files, parts, context.variant === "dabs"),
      },
      context,
      writer,
    );
  },
};

/** Part, speaker and recording, such as `dev-clean/84/84-121123-0000`. */
function keyOf(path: string): string | undefined {
  const match = /(?:^|\/)([a-z]+-[a-z]+(?:-\d+)?)\/(\d+)\/(\d+)\/(\2-\3-\d+)\.flac$/.exec(path);
  return match === null ? undefined : `${match[1]}/${match[2]}/${match[4]}`;
}

function plan(
  { keys }: SpeechFiles,
  [labelled, ...others]: readonly Part[],
  withValidation: boolean,
): SpeechPlan {
  const recordingsOf = ({ name }: Part) => keys.filter((key) => key.startsWith(`${name}/`)).sort();
  const all = recordingsOf(labelled!);
  const speakerOf = all.map((key) => Number(key.split("/")[1]));
  const ranks = new Map([...new Set(speakerOf)].sort((a, b) => a - b).map((n, i) => [n, i]));
  const clip = (position: number): Clip => ({
    key: all[position]!,
    label: ranks.get(speakerOf[position]!)!,
  });
  const { train, test } = groupedSplit(speakerOf, { order: "ascending" });
  const pretrain = others.flatMap(recordingsOf).map((key): Clip => ({ key }));
  return {
    splits: {
      ...(others.length === 0 ? {} : { pretrain }),
      train: Array.from(train, clip),
      ...(withValidation ? { validation: all.map((_, position) => clip(position)) } : {}),
      test: Array.from(test, clip),
    },
    counts: [
      { what: "speakers in dev-clean", found: ranks.size, official: speakers },
      ...[labelled!, ...others].map((part) => ({
        what: `recordings in ${part.name}`,
        found: recordingsOf(part).length,
        official: part.recordings,
      })),
    ],
  };
}
