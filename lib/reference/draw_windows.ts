/**
 * Draws windows of recordings as the references do while they train and test, but once and seeded.
 *
 * @module
 */

import { randomState } from "./numpy_random.ts";

/** Consecutive rows of a store that windows may be cut from. */
export interface Recording {
  /** First row. */
  readonly first: number;
  /** Number of rows; 0 for a recording that does not exist. */
  readonly rows: number;
}

/**
 * How a window is drawn: a pair of subject and recording that is long enough, by one draw
 * (MetaMAE), or a subject and a recording by two draws, repeated until it is long enough (DABS).
 */
export type WindowDraw = "usable-pairs" | "any-pair-until-usable";

/** Options of {@linkcode drawWindows}. */
export interface DrawWindowsOptions {
  readonly kind: WindowDraw;
  /** Seed of NumPy's generator. */
  readonly seed: number;
  /** Number of windows. */
  readonly count: number;
  /** Rows of a window; a recording is long enough if it has more. */
  readonly length: number;
}

/**
 * Start rows of windows, drawn by `randint` of `RandomState(seed)`: a recording, then a start in
 * 0..rows-length-1, so that the last possible start never comes up.
 *
 * @param subjects Recordings of every subject, the same number for each.
 * @throws {RangeError} If no recording is long enough.
 */
export function drawWindows(
  subjects: readonly (readonly Recording[])[],
  { kind, seed, count, length }: DrawWindowsOptions,
): Uint32Array<ArrayBuffer> {
  const usable = subjects.flat().filter(({ rows }) => rows > length);
  if (usable.length === 0) {
    throw new RangeError(`Cannot draw windows: no recording has more than ${length} rows`);
  }
  const { randint } = randomState(seed);
  const draw = kind === "usable-pairs" ? () => usable[randint(usable.length)]! : () => {
    for (;;) {
      const recordings = subjects[randint(subjects.length)]!;
      const recording = recordings[randint(recordings.length)]!;
      if (recording.rows > length) return recording;
    }
  };
  return Uint32Array.from({ length: count }, () => {
    const { first, rows } = draw();
    return first + randint(rows - length);
  });
}
