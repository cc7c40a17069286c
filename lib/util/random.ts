/**
 * Counter-based random numbers: every draw is a pure function of its key and its position.
 *
 * A key is derived from the seed of the run, the purpose of the draw and further numbers (step,
 * sample, layer). Nothing is stored between draws, so a resumed run, another batch split and
 * another number of workers see the same numbers. The mixing function uses only 32-bit xor, shift
 * and multiply, so that the engine can compute the same numbers inside a compiled step.
 *
 * @module
 */

/** Two 32-bit words that identify one stream of draws. */
export type DrawKey = readonly [number, number];

/**
 * A bijective 32-bit mixing function with full avalanche (three xor-shift-multiply rounds).
 *
 * @param x Any 32-bit integer.
 * @returns An unsigned 32-bit integer.
 */
export function mix32(x: number): number {
  x ^= x >>> 17;
  x = Math.imul(x, 0xed5ad4bb);
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  x ^= x >>> 14;
  return x >>> 0;
}

/**
 * Derives the key of a stream from the run's seed, a purpose and further numbers.
 *
 * @example
 * ```ts
 * import { drawKey, uniform } from "./random.ts";
 * const key = drawKey(0, "mask", 12);
 * console.assert(uniform(key, 3) === uniform(drawKey(0, "mask", 12), 3));
 * ```
 */
export function drawKey(seed: number, purpose: string, ...numbers: readonly number[]): DrawKey {
  let a = mix32(0x9e3779b9 ^ seed);
  let b = mix32(0x85ebca6b + Math.floor(seed / 2 ** 32));
  const absorb = (word: number) => {
    a = mix32(a ^ word);
    b = mix32((b + Math.imul(word, 0x9e3779b1)) ^ a);
  };
  for (let i = 0; i < purpose.length; i++) absorb(purpose.charCodeAt(i));
  absorb(0x80000000 | purpose.length);
  for (const number of numbers) {
    absorb(number >>> 0);
    absorb(Math.floor(number / 2 ** 32) >>> 0);
  }
  return [a, b];
}

/** The 32 random bits at one position of a stream, as an unsigned integer. */
export function bits32(key: DrawKey, position: number): number {
  return mix32(mix32((position >>> 0) ^ key[0]) ^ (key[1] + Math.floor(position / 2 ** 32)));
}

/** A float32 in [0, 1) with 24 random bits, at one position of a stream. */
export function uniform(key: DrawKey, position: number): number {
  return (bits32(key, position) >>> 8) / 0x1000000;
}

/** `length` float32 uniforms in [0, 1). */
export function uniforms(key: DrawKey, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = uniform(key, i);
  return out;
}

/** `length` standard normal values (Box-Muller on pairs of positions, 32 bits each). */
export function normals(key: DrawKey, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((bits32(key, i) + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * (bits32(key, i + 1) / 2 ** 32);
    out[i] = radius * Math.cos(angle);
    if (i + 1 < length) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** An integer in 0..bound-1 at one position of a stream (bias below bound / 2^53). */
export function integer(key: DrawKey, position: number, bound: number): number {
  const high = bits32(key, 2 * position) >>> 5;
  const low = bits32(key, 2 * position + 1) >>> 6;
  return Math.floor(((high * 0x4000000 + low) / 2 ** 53) * bound);
}

/**
 * Position `index` of a random permutation of 0..size-1, without building it.
 *
 * A six-round Feistel network on the next even number of bits, walked until the value falls below
 * `size`: constant memory and random access, so an epoch over any number of samples can be entered
 * at any step.
 *
 * @throws {RangeError} If the index lies outside 0..size-1.
 */
export function permuted(key: DrawKey, index: number, size: number): number {
  if (!(index >= 0 && index < size)) {
    throw new RangeError(`Cannot permute index ${index}: it must lie in 0..${size - 1}`);
  }
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2));
  const base = 2 ** half;
  let value = index;
  do {
    let left = Math.floor(value / base);
    let right = value % base;
    for (let round = 0; round < 6; round++) {
      const f = mix32(mix32(right ^ key[round & 1]!) + Math.imul(round + 1, 0x9e3779b9));
      [left, right] = [right, (left ^ f) & (base - 1)];
    }
    value = left * base + right;
  } while (value >= size);
  return value;
}
