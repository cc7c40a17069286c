/**
 * AudioMNIST: spoken digits of 60 speakers at 48 kHz.
 *
 * @module
 */

import type { Plan } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { type Clip, speechConstants, speechDataset, speechShape } from "./families/speech.ts";

const official = { train: 24_000, test: 6_000 };

/**
 * Speakers of the test split; the other 48 train, the validation speakers of the lists included.
 */
const testSpeakers = [26, 52, 60, 18, 32, 42, 5, 13, 22, 33, 45, 51];
const mostSpeakers = 60;

/** AudioMNIST. */
export const audioMnist: Dataset = speechDataset({
  id: "audio-mnist",
  title: "AudioMNIST",
  role: "transfer",
  summary: "30,000 spoken digits of 60 speakers at 48 kHz; 12 speakers are for testing.",
  licence: "MIT",
  homepage: "https://github.com/soerenab/AudioMNIST",
  citation:
    "S. Becker, M. Ackermann, S. Lapuschkin, K.-R. Müller, W. Samek. Interpreting and explaining " +
    "deep neural networks for classification of audio signals. arXiv:1807.03418 (2018)",
  files: [{
    path: "AudioMNIST-master.zip",
    url: "https://github.com/soerenab/AudioMNIST/archive/refs/heads/master.zip",
    alternatives: ["AudioMNIST-master", "AudioMNIST", "data"],
  }],
  variants: [{
    name: "metamae",
    difference: "48 speakers for training and 12 for testing",
    shape: speechShape(singleLabel(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])),
  }],
  constants: speechConstants.AudioMNIST,
  keyOf,
  plan: ({ keys }) => plan(keys),
});

/** Speaker, digit and take, such as `01/3_01_0`. */
function keyOf(path: string): string | undefined {
  const match = /(?:^|\/)(\d\d)\/(\d_\1_\d+)\.wav$/.exec(path);
  const speaker = Number(match?.[1]);
  return speaker >= 1 && speaker <= mostSpeakers ? `${match![1]}/${match![2]}` : undefined;
}

function plan(keys: readonly string[]): Plan<Clip> {
  const train: Clip[] = [];
  const test: Clip[] = [];
  for (const key of [...keys].sort()) {
    const [speaker, digit] = [Number(key.slice(0, 2)), Number(key[3])];
    (testSpeakers.includes(speaker) ? test : train).push({ key, label: digit });
  }
  return {
    splits: { train, test },
    counts: [
      { what: "training recordings", found: train.length, official: official.train },
      { what: "test recordings", found: test.length, official: official.test },
    ],
  };
}
