/**
 * VoxCeleb1: identification of 1,251 celebrities in interviews.
 *
 * @module
 */

import { readAll, readFileChunks } from "../formats/bytes/mod.ts";
import type { FoundRaw } from "../raw/mod.ts";
import { join, unreadable } from "../util/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import { type Conversion, type Dataset, singleLabel } from "./conversion/dataset.ts";
import { longestList } from "./conversion/text_lists.ts";
import { type Clip, speechConstants, speechDataset, speechShape } from "./families/speech.ts";

const speakers = 1_251;
const official = { train: 138_361 + 6_904, test: 8_251 };
const how =
  "Register at https://www.robots.ox.ac.uk/~vgg/data/voxceleb/vox1.html, download the audio, " +
  "unpack it";

const list = {
  path: "iden_split.txt",
  url: "https://www.robots.ox.ac.uk/~vgg/data/voxceleb/meta/iden_split.txt",
  bytes: 4_912_512,
  sha256: "3c1d792d4058861cd476a27cc942c824f7e9df812864115a7c2b12df97edfbbf",
};
const folder = { path: "wav", how };
const archives = ["vox1_dev_wav.zip", "vox1_test_wav.zip"];

/** VoxCeleb1. */
export const voxceleb1: Dataset = speechDataset({
  id: "voxceleb1",
  title: "VoxCeleb1",
  role: "transfer",
  summary: "153,516 utterances of 1,251 celebrities at 16 kHz, to be identified.",
  licence: "Metadata CC BY 4.0; the audio belongs to the makers of the videos",
  homepage: "https://www.robots.ox.ac.uk/~vgg/data/voxceleb/vox1.html",
  citation:
    "A. Nagrani, J. S. Chung, A. Zisserman. VoxCeleb: a large-scale speaker identification " +
    "dataset. Interspeech (2017)",
  files: [list, { ...folder, alternatives: [archives.join(" with ")] }],
  variants: [{
    name: "metamae",
    difference: "the official identification split",
    shape: speechShape(singleLabel(speakers)),
  }],
  constants: speechConstants.VoxCeleb,
  async find(run) {
    await readList(run);
    return await findAudio(run);
  },
  /** Speaker, video and utterance, such as `id10001/1zcIwhmdeo4/00001.wav`. */
  keyOf: (path) => /(?:^|\/)(id\d+\/[^/]+\/\d+\.wav)$/.exec(path)?.[1],
  plan: async (_, run) => plan(await readList(run)),
});

/** The unpacked folder, or else both archives. */
async function findAudio(run: Conversion): Promise<readonly FoundRaw[]> {
  try {
    await Deno.stat(join(run.raw ?? ".", archives[0]!));
  } catch {
    return [await run.locate(folder)];
  }
  const found: FoundRaw[] = [];
  for (const path of archives) found.push(await run.locate({ path, how }));
  return found;
}

interface ListedClip {
  /** 1 training, 2 validation, 3 test. */
  readonly code: number;
  readonly key: string;
}

/** The lines `code path` of the official list. */
async function readList(run: Conversion): Promise<readonly ListedClip[]> {
  const { path } = await run.find(list);
  const bytes = await readAll(readFileChunks(path), { name: path, limit: longestList });
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.flatMap((line, i) => {
    if (line === "") return [];
    const match = /^([123]) (id\d+\/[^/]+\/\d+\.wav)$/.exec(line);
    if (match !== null) return [{ code: Number(match[1]), key: match[2]! }];
    throw unreadable(
      path,
      `line ${i + 1} is ${JSON.stringify(line.slice(0, 80))}, ` +
        `"1 id10001/1zcIwhmdeo4/00001.wav" and the like are wanted`,
    );
  });
}

/**
 * Classes are the ranks of the speakers' folders; both parts of the official list hold all of them.
 */
function plan(lines: readonly ListedClip[]): Plan<Clip> {
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
