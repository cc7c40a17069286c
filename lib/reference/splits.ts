/**
 * How the reference implementations cut data into training and test parts, and recordings into
 * windows.
 *
 * @module
 */

import { randomState, sampleOrder } from "./numpy_random.ts";
import { pythonRandom } from "./python_random.ts";

/** Whose arithmetic cuts the test part: MetaMAE's is one row short for a multiple of ten. */
export type SplitProtocol = "metamae" | "dabs";

/** Sample indices of the two parts, in reference order. */
export interface TrainTest {
  readonly train: Uint32Array<ArrayBuffer>;
  readonly test: Uint32Array<ArrayBuffer>;
}

/** Rows of the training part: the first `ceil(0.9 n)`. */
export function trainCount(rows: number): number {
  return Math.ceil(0.9 * rows);
}

/**
 * Rows of the test part: the last `floor(0.1 n)` (DABS), or `floor((1 - 0.9) n)` (MetaMAE), where
 * 1 - 0.9 is the double 0.09999999999999998.
 */
export function testCount(rows: number, protocol: SplitProtocol): number {
  return Math.floor((protocol === "dabs" ? 0.1 : 1 - 0.9) * rows);
}

/** Cuts an order into its first 90 % and its last 10 %. */
export function cutSplit(order: Uint32Array<ArrayBuffer>, protocol: SplitProtocol): TrainTest {
  return {
    train: order.slice(0, trainCount(order.length)),
    test: order.slice(order.length - testCount(order.length, protocol)),
  };
}

/** Shuffles rows as pandas `sample(frac=1, random_state=seed)` does and cuts them 90/10. */
export function shuffledSplit(rows: number, protocol: SplitProtocol, seed = 42): TrainTest {
  return cutSplit(sampleOrder(rows, seed), protocol);
}

/** Shuffles a list of rows as pandas `sample(frac=1, random_state=seed)` does. */
export function sampledRows(rows: Uint32Array, seed = 42): Uint32Array<ArrayBuffer> {
  const order = sampleOrder(rows.length, seed);
  for (let k = 0; k < order.length; k++) order[k] = rows[order[k]!]!;
  return order;
}

/** Options of {@linkcode groupedSplit}. */
export interface GroupedSplitOptions {
  /**
   * Order in which the groups are visited: by first appearance (VGG Flowers) or by ascending
   * number (LibriSpeech's speakers, traffic signs). Later groups go on with the same generator.
   */
  readonly order: "appearance" | "ascending";
  /** Seed of the one generator; 42 in every reference. */
  readonly seed?: number;
}

/**
 * Splits every group (class or speaker) by itself: its positions are shuffled, the first
 * `trunc(0.8 n)` go to the training part and the rest to the test part.
 *
 * @param groups Group number of every sample.
 */
export function groupedSplit(groups: ArrayLike<number>, options: GroupedSplitOptions): TrainTest {
  const members = new Map<number, number[]>();
  for (let i = 0; i < groups.length; i++) {
    const list = members.get(groups[i]!);
    if (list === undefined) members.set(groups[i]!, [i]);
    else list.push(i);
  }
  const names = [...members.keys()];
  if (options.order === "ascending") names.sort((a, b) => a - b);

  const generator = randomState(options.seed ?? 42);
  const train: number[] = [];
  const test: number[] = [];
  for (const name of names) {
    const positions = members.get(name)!;
    generator.shuffle(positions);
    const cut = Math.trunc(0.8 * positions.length);
    for (let k = 0; k < positions.length; k++) (k < cut ? train : test).push(positions[k]!);
  }
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}

/** Captions after some were exchanged. */
export interface CaptionSwap {
  /** Index of the caption that sample i ends up with. */
  readonly source: Uint32Array<ArrayBuffer>;
  /** 1 for its own caption, 0 for another's. */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/**
 * Exchanges the captions of about half of the samples, as the mismatched-caption task does: one
 * `random()` a sample decides (below 0.5: exchanged), then the exchanged ones take each other's
 * captions, rotated by `randint(1, exchanged)`.
 */
export function swapCaptions(samples: number, seed = 42): CaptionSwap {
  const generator = pythonRandom(seed);
  const labels = new Uint8Array(samples);
  const source = Uint32Array.from({ length: samples }, (_, i) => i);
  const exchanged: number[] = [];
  for (let i = 0; i < samples; i++) {
    if (generator.random() < 0.5) exchanged.push(i);
    else labels[i] = 1;
  }
  if (exchanged.length > 0) {
    const roll = generator.randint(1, exchanged.length);
    exchanged.forEach((sample, k) => {
      source[sample] = exchanged[(k + roll) % exchanged.length]!;
    });
  }
  return { source, labels };
}

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
