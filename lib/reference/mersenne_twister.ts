/**
 * The Mersenne Twister MT19937, the word source of NumPy's `RandomState` and of Python's `random`.
 *
 * Both libraries run the same generator and differ only in how they seed it, so their streams
 * differ. Source: Matsumoto and Nishimura, ACM TOMACS 8 (1998), with the 2002 initialisers.
 *
 * @module
 */

/** Gives the next 32-bit word of a stream as an unsigned integer. */
export type WordSource = () => number;

const size = 624;
const shift = 397;

/** The state that a single word seeds (Knuth's multiplier), as NumPy does for an integer seed. */
export function stateFromWord(seed: number): Uint32Array {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  return state;
}

/** The state that an array of words seeds, as Python does with the 32-bit digits of the seed. */
export function stateFromWords(key: readonly number[]): Uint32Array {
  const state = stateFromWord(19650218);
  let i = 1;
  const advance = () => {
    if (++i >= size) {
      state[0] = state[size - 1]!;
      i = 1;
    }
  };
  for (let step = 0; step < Math.max(size, key.length); step++) {
    const j = step % key.length;
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = (state[i]! ^ Math.imul(previous, 1664525)) + key[j]! + j;
    advance();
  }
  for (let step = 0; step < size - 1; step++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = (state[i]! ^ Math.imul(previous, 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}

/**
 * The word stream of a state, which it takes over and changes.
 *
 * @param state 624 words, from {@linkcode stateFromWord} or {@linkcode stateFromWords}.
 */
export function mersenneTwister(state: Uint32Array): WordSource {
  let position = size;
  return () => {
    if (position === size) {
      regenerate(state);
      position = 0;
    }
    let word = state[position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  };
}

/** A double in [0, 1) with 53 random bits, from two words; both libraries make it this way. */
export function unitDouble(words: WordSource): number {
  const high = words() >>> 5;
  const low = words() >>> 6;
  return (high * 0x4000000 + low) / 0x20000000000000;
}

function regenerate(state: Uint32Array): void {
  for (let k = 0; k < size; k++) {
    const y = (state[k]! & 0x80000000) | (state[(k + 1) % size]! & 0x7fffffff);
    state[k] = state[(k + shift) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
