/**
 * Texts that come again and again, such as labels, one a sample, each kept in memory once.
 *
 * @module
 */

/** Gathers texts. */
export interface Texts {
  /** Number of the text of every sample. */
  readonly ids: readonly number[];
  /** The different texts, by number. */
  readonly names: Iterable<string>;
  add(text: string): void;
}

/** Starts to gather; texts are numbered in the order in which they are first seen. */
export function createTexts(): Texts {
  const numbers = new Map<string, number>();
  const ids: number[] = [];
  return {
    ids,
    get names() {
      return numbers.keys();
    },
    add: (text) => {
      let number = numbers.get(text);
      if (number === undefined) numbers.set(text, number = numbers.size);
      ids.push(number);
    },
  };
}
