/**
 * What an image data set asks for: which images, in which split, with which label.
 *
 * @module
 */

import type { Box } from "../../signal/mod.ts";
import type { SplitName } from "../../store/mod.ts";

/** An image of a split. */
export interface Picture {
  /** Name of the image, as the data set makes it from the path of its file. */
  readonly key: string;
  readonly label?: number | readonly number[];
  /** Part of the image that is used. */
  readonly box?: Box;
}

/** Images of every split, in reference order. */
export type PictureSplits = Partial<Readonly<Record<SplitName, readonly Picture[]>>>;

/** A number that is known of the official data. */
export interface ExpectedCount {
  /** What is counted, such as `training images`. */
  readonly what: string;
  readonly found: number;
  readonly official: number;
}

/** What a data set makes of the files that are there. */
export interface PicturePlan {
  readonly splits: PictureSplits;
  readonly counts: readonly ExpectedCount[];
  /** Remarks for the store. */
  readonly notes: readonly string[];
}

/** Cuts every split to the limit of a trial. */
export function limitSplits(
  splits: PictureSplits,
  limit = Infinity,
): ReadonlyMap<SplitName, readonly Picture[]> {
  const entries = Object.entries(splits) as [SplitName, readonly Picture[]][];
  return new Map(entries.map(([name, pictures]) => [name, pictures.slice(0, limit)]));
}
