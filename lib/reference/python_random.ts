/**
 * Python's module `random`, as far as the published data code uses it.
 *
 * @module
 */

import { mersenneTwister, stateFromWords, unitDouble } from "./mersenne_twister.ts";

/** The draws of Python's `random.Random`. */
export interface PythonRandom {
  /** A double in [0, 1). */
  random(): number;
  /**
   * An integer of that many random bits.
   *
   * @param bits 1..32: the published code draws single bits, and bounds stay below 2^32.
   */
  getrandbits(bits: number): number;
  /** An integer in first..last, both included. */
  randint(first: number, last: number): number;
  /**
   * One item, each with the same chance.
   *
   * @throws {RangeError} If there is none.
   */
  choice<T>(items: readonly T[]): T;
}

/**
 * The generator `random.Random(seed)` of an integer seed.
 *
 * @example
 * ```ts
 * import { pythonRandom } from "./python_random.ts";
 * console.assert(pythonRandom(42).random() === 0.6394267984578837);
 * ```
 *
 * @param seed A safe integer; its sign is dropped, as Python does.
 */
export function pythonRandom(seed: number): PythonRandom {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed the generator: the seed is ${seed}, wanted a safe integer`);
  }
  const magnitude = Math.abs(seed);
  const low = magnitude % 2 ** 32;
  const high = Math.floor(magnitude / 2 ** 32);
  const word = mersenneTwister(stateFromWords(high > 0 ? [low, high] : [low]));

  const getrandbits = (bits: number) => {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32) {
      throw new RangeError(`Cannot draw random bits: ${bits} are asked for, wanted 1..32`);
    }
    return word() >>> (32 - bits);
  };
  const below = (bound: number) => {
    if (!Number.isInteger(bound) || bound < 1 || bound >= 2 ** 32) {
      throw new RangeError(`Cannot draw an integer: the bound is ${bound}, wanted 1..4294967295`);
    }
    const bits = 32 - Math.clz32(bound);
    let value = getrandbits(bits);
    while (value >= bound) value = getrandbits(bits);
    return value;
  };

  return {
    random: () => unitDouble(word),
    getrandbits,
    randint: (first, last) => first + below(last - first + 1),
    choice: (items) => items[below(items.length)]!,
  };
}
