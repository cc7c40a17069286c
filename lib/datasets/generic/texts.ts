/**
 * Texts that come again and again, such as labels, one a sample, each kept in memory once.
 *
 * @module
 */

/** Gathers texts. */
export interface Texts {
  /** Number of samples. */
  readonly length: number;
  /** Number of different texts. */
  readonly count: number;
  /** The different texts, by number. */
  readonly names: readonly string[];
  /** Number of the text of a sample. */
  idOf(sample: number): number;
  add(text: string): void;
}

/** Starts to gather; texts are numbered in the order in which they are first seen. */
export function createTexts(): Texts {
  const numbers = new Map<string, number>();
  let ids = new Uint32Array(1024);
  let length = 0;
  let names: readonly string[] = [];
  return {
    get length() {
      return length;
    },
    get count() {
      return numbers.size;
    },
    get names() {
      if (names.length < numbers.size) names = [...numbers.keys()];
      return names;
    },
    idOf: (sample) => ids[sample]!,
    add: (text) => {
      let number = numbers.get(text);
      if (number === undefined) numbers.set(text, number = numbers.size);
      if (length === ids.length) {
        const longer = new Uint32Array(2 * length);
        longer.set(ids);
        ids = longer;
      }
      ids[length++] = number;
    },
  };
}
