/**
 * NumPy's legacy generator `RandomState`, and the row order of pandas `sample(frac=1)`.
 *
 * The published splits were drawn with these two, so their streams are reproduced word for word.
 * NumPy guarantees that `RandomState` never changes.
 *
 * @module
 */

import { mersenneTwister, stateFromWord, unitDouble } from "./mersenne_twister.ts";

/** The draws of `numpy.random.RandomState` that the published data code uses. */
export interface RandomState {
  /** The next raw 32-bit word, as `randint(0, 2**32, dtype=uint64)` returns it. */
  word(): number;
  /** A double in [0, 1), as `random_sample()` and `rand()` return it. */
  random(): number;
  /**
   * An integer in 0..bound-1, as `randint(bound)` returns it; a bound of 1 draws nothing.
   *
   * @throws {RangeError} If the bound is no integer in 1..2^32.
   */
  randint(bound: number): number;
  /** Shuffles in place, as `shuffle(array)` does for one axis. */
  shuffle(array: Uint32Array | Int32Array | unknown[]): void;
  /** A random order of 0..length-1, as `permutation(length)` returns it. */
  permutation(length: number): Uint32Array<ArrayBuffer>;
}

/**
 * The generator `RandomState(seed)`.
 *
 * @example
 * ```ts
 * import { randomState } from "./numpy_random.ts";
 * console.assert(randomState(42).permutation(5).join() === "1,4,2,0,3");
 * ```
 *
 * @param seed An integer in 0..2^32-1.
 * @throws {RangeError} If the seed lies outside that range.
 */
export function randomState(seed: number): RandomState {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(`Cannot seed RandomState: the seed is ${seed}, wanted 0..4294967295`);
  }
  const word = mersenneTwister(stateFromWord(seed));

  // Masked rejection: the low bits of a word, redrawn while they exceed the largest value.
  const upTo = (largest: number) => {
    if (largest === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(largest);
    for (;;) {
      const value = (word() & mask) >>> 0;
      if (value <= largest) return value;
    }
  };

  const shuffle: RandomState["shuffle"] = (array) => {
    for (let i = array.length - 1; i > 0; i--) {
      const j = upTo(i);
      const swapped = array[i]!;
      array[i] = array[j]!;
      array[j] = swapped;
    }
  };

  return {
    word,
    random: () => unitDouble(word),
    randint(bound) {
      if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
        throw new RangeError(`Cannot draw an integer: the bound is ${bound}, wanted 1..4294967296`);
      }
      return upTo(bound - 1);
    },
    shuffle,
    permutation(length) {
      const order = Uint32Array.from({ length }, (_, i) => i);
      shuffle(order);
      return order;
    },
  };
}

/**
 * The row order of `DataFrame.sample(frac=1, random_state=seed)`: row k of the result is input row
 * `order[k]`.
 */
export function sampleOrder(rows: number, seed = 42): Uint32Array<ArrayBuffer> {
  return randomState(seed).permutation(rows);
}
