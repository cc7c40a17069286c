/**
 * Data sets of speech: recordings become log-mel pictures.
 *
 * @module
 */

import { longestAudioFile } from "../../formats/audio/mod.ts";
import { pythonRandom } from "../../reference/mod.ts";
import { type Crop, melSide } from "../../signal/mod.ts";
import type { InputSpec, TaskSpec } from "../../spec/mod.ts";
import type { SplitName } from "../../documents/mod.ts";
import {
  type FileDataset,
  fileDataset,
  type FileSample,
  type Splits,
} from "../conversion/convert_files.ts";
import type { Dataset, DatasetShape, Variant } from "../conversion/dataset.ts";

/** A recording of a split. */
export interface Clip extends FileSample {
  readonly label?: number;
}

/** A recording of a split, and the part of it that is used if it is long. */
interface CroppedClip extends Clip {
  readonly crop: Crop;
}

/** Mean and deviation of the decibels of a data set. */
export interface SpeechConstants {
  readonly mean: number;
  readonly deviation: number;
}

/** The constants of both references, by the name of the reference's data class. */
export const speechConstants = {
  LibriSpeech: { mean: -22.924, deviation: 12.587 },
  AudioMNIST: { mean: -90.293, deviation: 11.799 },
  Fluent: { mean: -31.809, deviation: 13.127 },
  GoogleSpeech: { mean: -46.847, deviation: 19.151 },
  VoxCeleb: { mean: -37.075, deviation: 19.776 },
} as const satisfies Readonly<Record<string, SpeechConstants>>;

/** A log-mel picture of one channel, in 196 patches. */
const speechInput: InputSpec = {
  kind: "image",
  channels: 1,
  height: melSide,
  width: melSide,
  patch: 16,
};

/** Shape of a speech data set. */
export function speechShape(task?: TaskSpec): DatasetShape {
  return {
    inputs: [speechInput],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize: 64 },
  };
}

/** A speech data set: a record and a plan. */
export interface SpeechDataset<V extends Variant> extends Omit<FileDataset<Clip, V>, "domain"> {
  readonly constants: SpeechConstants;
}

/** Makes a data set of speech. */
export function speechDataset<V extends Variant>(
  { constants: { mean, deviation }, plan, ...record }: SpeechDataset<V>,
): Dataset<V> {
  const cropped: FileDataset<CroppedClip, V> = {
    ...record,
    domain: "speech",
    async plan(files, run) {
      const { splits, notes = [], ...rest } = await plan(files, run);
      return { ...rest, splits: cropSplits(splits), notes: [pictureNote, ...notes] };
    },
  };
  return fileDataset(cropped, () => ({
    what: "recordings",
    longest: longestAudioFile,
    format: (clips) => ({ kind: "log-mel", crops: clips.map(({ crop }) => crop) }),
    same: (one, other) => one.crop === other.crop,
    columns: [{ dtype: "float32", mean: [mean], deviation: [deviation], look: "spectrogram" }],
  }));
}

const pictureNote = `Log-mel pictures of ${melSide} x ${melSide}; of recordings longer than ` +
  "150,526 samples the first 150,526 in the test split; in training splits the first or last, by " +
  "bits of Python's Random(0) in the order of the split, chosen once instead of every epoch";

/** Seed of the coins; the references train and extract features with seed 0. */
const coinSeed = 0;

/**
 * Chooses the part of every recording: the first in test and validation splits; in the others a
 * coin decides between the first and the last, as in the references.
 *
 * The references toss it each time that they see a recording, so their pretraining sees both parts
 * of one. A store holds one part of each: the coins are the bits of Python's `Random(0)`, one a
 * recording in the order of the split, a fresh generator for each split.
 */
export function cropSplits(splits: Splits<Clip>): Splits<CroppedClip> {
  const entries = Object.entries(splits) as [SplitName, readonly Clip[]][];
  return Object.fromEntries(entries.map(([name, clips]) => {
    const { getrandbits } = pythonRandom(coinSeed);
    const tossed = name === "pretrain" || name === "train";
    const crop = (): Crop => tossed && getrandbits(1) === 1 ? "last" : "first";
    return [name, clips.map((clip) => ({ ...clip, crop: crop() }))];
  }));
}
