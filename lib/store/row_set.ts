/**
 * A growing set of row numbers, one bit a row, and the windows that avoid it.
 *
 * @module
 */

/** A set of row numbers. */
export interface RowSet {
  /** Number of rows in the set. */
  readonly size: number;
  /** Adds a row. */
  add(row: number): void;
  /** Adds rows that follow each other. */
  addRange(first: number, rows: number): void;
  /** Whether a row is in the set. */
  has(row: number): boolean;
  /** What of the rows `first .. end - 1` is in the set: pairs of first row and number of rows. */
  ranges(first: number, end: number): [number, number][];
}

/**
 * A set of the rows in ranges (first row, number of rows); its memory is an eighth of a byte for
 * every row up to the largest.
 */
export function createRowSet(ranges: Iterable<readonly [number, number]> = []): RowSet {
  let bits = new Uint8Array(1024);
  let size = 0;
  const has = (row: number) => ((bits[Math.floor(row / 8)] ?? 0) >> (row % 8) & 1) === 1;
  const add = (row: number) => {
    if (has(row)) return;
    const index = Math.floor(row / 8);
    if (index >= bits.length) {
      const longer = new Uint8Array(Math.max(index + 1, 2 * bits.length));
      longer.set(bits);
      bits = longer;
    }
    bits[index]! |= 1 << (row % 8);
    size++;
  };
  const addRange = (first: number, rows: number) => {
    for (let row = first; row < first + rows; row++) add(row);
  };
  for (const [first, rows] of ranges) addRange(first, rows);
  return {
    get size() {
      return size;
    },
    has,
    ranges: (first, end) => {
      const found: [number, number][] = [];
      for (let row = first; size > 0 && row < end; row++) {
        if (!has(row)) continue;
        const last = found.at(-1);
        if (last !== undefined && last[0] + last[1] === row) last[1]++;
        else found.push([row, 1]);
      }
      return found;
    },
    add,
    addRange,
  };
}

/**
 * Sub-ranges of the starts `first .. first + starts - 1` whose windows of `length` rows avoid a
 * set.
 *
 * @returns Pairs of first start and number of starts, ascending.
 */
export function startsAvoiding(
  rows: RowSet,
  first: number,
  starts: number,
  length: number,
): readonly (readonly [number, number])[] {
  if (rows.size === 0) return starts > 0 ? [[first, starts]] : [];
  const found: [number, number][] = [];
  const end = first + starts;
  let from = first;
  for (let row = first; row < end + length - 1; row++) {
    if (!rows.has(row)) continue;
    const until = Math.min(end, row - length + 1);
    if (until > from) found.push([from, until - from]);
    from = row + 1;
  }
  if (from < end) found.push([from, end - from]);
  return found;
}
