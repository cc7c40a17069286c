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

/** All edges of a set in one hash table, so that many strings take little memory. */
interface EdgeTable {
  capacity: number;
  /** An edge is its node and its byte in one number; 0 means that a place is free. */
  edges: Uint32Array;
  /** The node that each edge leads to. */
  targets: Int32Array;
  /** The number of the string that ends at a node, plus one. */
  numbers: Int32Array;
}

function edgeTable(capacity: number): EdgeTable {
  return {
    capacity,
    edges: new Uint32Array(capacity),
    targets: new Int32Array(capacity),
    numbers: new Int32Array(capacity),
  };
}

/** Where an edge is, or would be. */
function placeOf({ capacity, edges }: EdgeTable, key: number): number {
  let place = (Math.imul(key, 0x9e3779b1) >>> 7) & (capacity - 1);
  while (edges[place] !== 0 && edges[place] !== key) place = (place + 1) & (capacity - 1);
  return place;
}

function doubled({ capacity, edges, targets, numbers }: EdgeTable): EdgeTable {
  const larger = edgeTable(2 * capacity);
  larger.numbers.set(numbers);
  for (let i = 0; i < capacity; i++) {
    if (edges[i] === 0) continue;
    const place = placeOf(larger, edges[i]!);
    larger.edges[place] = edges[i]!;
    larger.targets[place] = targets[i]!;
  }
  return larger;
}

/** Makes an empty set. */
export function createByteTrie(): ByteTrie {
  let table = edgeTable(1 << 12);
  let nodes = 1;
  let longest = 0;
  const found = { ends: new Int32Array(16), values: new Int32Array(16) };
  return Object.assign(found, {
    add: (bytes: Uint8Array, value: number) => {
      let node = 0;
      for (const byte of bytes) {
        if (2 * nodes >= table.capacity) table = doubled(table);
        const key = node * 256 + byte + 1;
        const place = placeOf(table, key);
        if (table.edges[place] === 0) {
          table.edges[place] = key;
          table.targets[place] = nodes++;
        }
        node = table.targets[place]!;
      }
      table.numbers[node] = value + 1;
      if (bytes.length > longest) {
        longest = bytes.length;
        [found.ends, found.values] = [new Int32Array(longest), new Int32Array(longest)];
      }
    },
    match: (text: Uint8Array, at: number) => {
      const { ends, values } = found;
      const { capacity, edges, targets, numbers } = table;
      const end = text.length;
      const mask = capacity - 1;
      let count = 0;
      // The search of `placeOf`, written out: this is the inner loop.
      for (let node = 0, i = at; i < end; i++) {
        const key = node * 256 + text[i]! + 1;
        let place = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
        let edge = edges[place]!;
        while (edge !== key) {
          if (edge === 0) return count;
          place = (place + 1) & mask;
          edge = edges[place]!;
        }
        node = targets[place]!;
        if (numbers[node] === 0) continue;
        ends[count] = i + 1;
        values[count++] = numbers[node]! - 1;
      }
      return count;
    },
  });
}
