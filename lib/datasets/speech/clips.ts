/**
 * What a speech data set asks for: which recordings, in which split, with which label.
 *
 * @module
 */

import { pythonRandom } from "../../reference/mod.ts";
import type { Crop } from "../../signal/mod.ts";
import type { SplitName } from "../../store/mod.ts";

/** A recording of a split. */
export interface Clip {
  /** Name of the recording, as the data set makes it from the path of its file. */
  readonly key: string;
  readonly label?: number;
}

/** A recording of a split, and the part of it that is used if it is long. */
export interface CroppedClip extends Clip {
  readonly crop: Crop;
}

/** Recordings of every split, in reference order. */
export type SpeechSplits = Partial<Readonly<Record<SplitName, readonly Clip[]>>>;

/** A number of recordings that is known of the official data. */
export interface ExpectedCount {
  /** What is counted, such as `training recordings`. */
  readonly what: string;
  readonly found: number;
  readonly official: number;
}

/** What a data set makes of the files that are there. */
export interface SpeechPlan {
  readonly splits: SpeechSplits;
  readonly counts: readonly ExpectedCount[];
}

/** Seed of the coins; the references train and extract features with seed 0. */
const coinSeed = 0;

/**
 * Chooses the part of every recording: the first in test and validation splits; in the others a coin
 * decides between the first and the last, as in the references.
 *
 * The references toss it each time that they see a recording, so their pretraining sees both parts of
 * one. A store holds one part of each: the coins are the bits of Python's `Random(0)`, one a recording
 * in the order of the split, a fresh generator for each split.
 *
 * @param limit Most recordings of a split.
 */
export function cropSplits(
  splits: SpeechSplits,
  limit = Infinity,
): ReadonlyMap<SplitName, readonly CroppedClip[]> {
  const cropped = new Map<SplitName, readonly CroppedClip[]>();
  for (const [name, clips] of Object.entries(splits) as [SplitName, readonly Clip[]][]) {
    const { getrandbits } = pythonRandom(coinSeed);
    const tossed = name === "pretrain" || name === "train";
    cropped.set(
      name,
      clips.slice(0, limit).map((clip) => ({
        ...clip,
        crop: tossed && getrandbits(1) === 1 ? "last" : "first",
      })),
    );
  }
  return cropped;
}
