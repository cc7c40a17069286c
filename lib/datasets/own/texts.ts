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
  // As few bytes a sample as the numbers need.
  let ids: Uint8Array | Uint16Array | Uint32Array = new Uint8Array(1024);
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
      const mustWiden = number >= 2 ** (8 * ids.BYTES_PER_ELEMENT);
      if (mustWiden || length === ids.length) {
        const size = length === ids.length ? 2 * length : ids.length;
        const { size: count } = numbers;
        const Wide = count <= 2 ** 8 ? Uint8Array : count <= 2 ** 16 ? Uint16Array : Uint32Array;
        const longer = new Wide(size);
        longer.set(ids);
        ids = longer;
      }
      ids[length++] = number;
    },
  };
}
