/**
 * VoxCeleb1: identification of 1,251 celebrities in interviews.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import { checkOfficial, findRaw, type FoundRaw, type RawForm } from "../raw/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { DataError, join } from "../util/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";
import type { Clip, SpeechPlan } from "./speech/clips.ts";
import { speechConstants, speechDefaults, speechInput } from "./speech/constants.ts";
import { tokenizeSpeech } from "./speech/tokenize_speech.ts";

const id = "voxceleb1";
const speakers = 1_251;
const official = { train: 138_361 + 6_904, test: 8_251 };
const longestList = 2 ** 26;
const registration =
  "Register at https://www.robots.ox.ac.uk/~vgg/data/voxceleb/vox1.html, download the audio, unpack it";

const list: RawForm = {
  path: "iden_split.txt",
  url: "https://www.robots.ox.ac.uk/~vgg/data/voxceleb/meta/iden_split.txt",
  bytes: 4_912_512,
  sha256: "3c1d792d4058861cd476a27cc942c824f7e9df812864115a7c2b12df97edfbbf",
};
const folder: RawForm = { path: "wav", how: registration };
const archives: readonly RawForm[] = [
  { path: "vox1_dev_wav.zip", how: registration },
  { path: "vox1_test_wav.zip", how: registration },
];

const task: TaskSpec = { kind: "single-label", classes: speakers, metric: "accuracy" };
const shape: DatasetShape = { inputs: [speechInput], task, defaults: speechDefaults };

/** VoxCeleb1. */
export const voxceleb1: Dataset = {
  id,
  title: "VoxCeleb1",
  domain: "speech",
  role: "transfer",
  summary: "153,516 utterances of 1,251 celebrities at 16 kHz, to be identified.",
  licence: "Metadata CC BY 4.0; the audio belongs to the makers of the videos",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/voxceleb/vox1.html",
  citation:
    "A. Nagrani, J. S. Chung, A. Zisserman. VoxCeleb: a large-scale speaker identification " +
    "dataset. Interspeech (2017)",
  files: [
    {
      path: list.path,
      url: list.url!,
      bytes: list.bytes!,
      sha256: list.sha256!,
    },
    {
      path: folder.path,
      how: registration,
      alternatives: ["vox1_dev_wav.zip with vox1_test_wav.zip"],
    },
  ],
  variants: [{ name: "metamae", difference: "the official identification split" }],

  shape: () => shape,

  async tokenize(context, writer) {
    const lines = await readList(context);
    const found = await findAudio(context.raw);
    await tokenizeSpeech(
      { id, task, found, ...speechConstants.VoxCeleb, keyOf, plan: () => plan(lines) },
      context,
      writer,
    );
  },
};

/** The unpacked folder, or else both archives. */
async function findAudio(raw: string | undefined): Promise<readonly FoundRaw[]> {
  try {
    await Deno.stat(join(raw ?? ".", archives[0]!.path));
  } catch {
    return [await findRaw(id, raw, [folder])];
  }
  return [
    await findRaw(id, raw, [archives[0]!]),
    await findRaw(id, raw, [archives[1]!]),
  ];
}

/** Speaker, video and utterance, such as `id10001/1zcIwhmdeo4/00001.wav`. */
function keyOf(path: string): string | undefined {
  return /(?:^|\/)(id\d+\/[^/]+\/\d+\.wav)$/.exec(path)?.[1];
}

interface ListedClip {
  /** 1 training, 2 validation, 3 test. */
  readonly code: number;
  readonly key: string;
}

/** The lines `code path` of the official list. */
async function readList(context: TokenizeContext): Promise<readonly ListedClip[]> {
  const found = await findRaw(id, context.raw, [list]);
  await checkOfficial(found, context);
  const { path } = found;
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestList });
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.flatMap((line, i) => {
    if (line === "") return [];
    const match = /^([123]) (id\d+\/[^/]+\/\d+\.wav)$/.exec(line);
    if (match !== null) return [{ code: Number(match[1]), key: match[2]! }];
    throw new DataError(
      `Cannot read "${path}": line ${i + 1} is ${JSON.stringify(line.slice(0, 80))}, ` +
        `"1 id10001/1zcIwhmdeo4/00001.wav" and the like are wanted`,
    );
  });
}

/** Classes are the ranks of the speakers' folders; both parts of the official list hold all of them. */
function plan(lines: readonly ListedClip[]): SpeechPlan {
  const speakerOf = (key: string) => key.slice(0, key.indexOf("/"));
  const names = [...new Set(lines.map(({ key }) => speakerOf(key)))].sort();
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  const clips = (isWanted: (code: number) => boolean): Clip[] =>
    lines.filter(({ code }) => isWanted(code)).map(({ key }) => ({
      key,
      label: ranks.get(speakerOf(key))!,
    }));
  const train = clips((code) => code !== 3);
  const test = clips((code) => code === 3);
  return {
    splits: { train, test },
    counts: [
      { what: "speakers", found: names.length, official: speakers },
      { what: "training utterances", found: train.length, official: official.train },
      { what: "test utterances", found: test.length, official: official.test },
    ],
  };
}
