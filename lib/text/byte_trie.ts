/**
 * A set of byte strings with a number each, walked byte by byte.
 *
 * @module
 */

/** The set. */
export interface ByteTrie {
  /** Adds a string; its number is not negative, and the last one that was given stays. */
  add(bytes: Uint8Array, value: number): void;
  /**
   * Finds the strings that a text has at a place, the shortest first.
   *
   * @returns How many there are; {@linkcode ends} and {@linkcode values} hold them until the next
   * call.
   */
  match(text: Uint8Array, at: number): number;
  /** Where each match ends. */
  readonly ends: Int32Array;
  /** The number of each match. */
  readonly values: Int32Array;
}

/** Makes an empty set. All edges are in one hash table, so that many strings take little memory. */
export function createByteTrie(): ByteTrie {
  let capacity = 1 << 12;
  // An edge is its node and its byte in one number; 0 means that a place is free.
  let edges = new Uint32Array(capacity);
  let targets = new Int32Array(capacity);
  // The number of the string that ends at a node, plus one.
  let numbers = new Int32Array(capacity);
  let nodes = 1;
  let longest = 0;
  const trie = {
    ends: new Int32Array(16),
    values: new Int32Array(16),
  };

  const placeOf = (key: number) => {
    let place = (Math.imul(key, 0x9e3779b1) >>> 7) & (capacity - 1);
    while (edges[place] !== 0 && edges[place] !== key) place = (place + 1) & (capacity - 1);
    return place;
  };
  const grow = () => {
    const [oldEdges, oldTargets, oldNumbers] = [edges, targets, numbers];
    capacity *= 2;
    edges = new Uint32Array(capacity);
    targets = new Int32Array(capacity);
    numbers = new Int32Array(capacity);
    numbers.set(oldNumbers);
    for (let i = 0; i < oldEdges.length; i++) {
      if (oldEdges[i] === 0) continue;
      const place = placeOf(oldEdges[i]!);
      edges[place] = oldEdges[i]!;
      targets[place] = oldTargets[i]!;
    }
  };
  return Object.assign(trie, {
    add: (bytes: Uint8Array, value: number) => {
      let node = 0;
      for (const byte of bytes) {
        if (2 * nodes >= capacity) grow();
        const key = node * 256 + byte + 1;
        const place = placeOf(key);
        if (edges[place] === 0) {
          edges[place] = key;
          targets[place] = nodes++;
        }
        node = targets[place]!;
      }
      numbers[node] = value + 1;
      if (bytes.length > longest) {
        longest = bytes.length;
        [trie.ends, trie.values] = [new Int32Array(longest), new Int32Array(longest)];
      }
    },
    match: (text: Uint8Array, at: number) => {
      const { ends, values } = trie;
      const end = text.length;
      const mask = capacity - 1;
      let found = 0;
      // The search of `placeOf`, written out: this is the inner loop.
      for (let node = 0, i = at; i < end; i++) {
        const key = node * 256 + text[i]! + 1;
        let place = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
        let edge = edges[place]!;
        while (edge !== key) {
          if (edge === 0) return found;
          place = (place + 1) & mask;
          edge = edges[place]!;
        }
        node = targets[place]!;
        if (numbers[node] === 0) continue;
        ends[found] = i + 1;
        values[found++] = numbers[node]! - 1;
      }
      return found;
    },
  });
}
