import { assertEquals } from "../assert.ts";
import { createRowSet, startsAvoiding } from "../../lib/store/row_set.ts";
import { drawKey, integer } from "../../lib/util/random.ts";

Deno.test("createRowSet() remembers exactly what was added, beyond its first size", () => {
  const rows = createRowSet();
  const added = [0, 7, 8, 9, 100_003];
  for (const row of [...added, 7]) rows.add(row);
  assertEquals(rows.size, added.length);
  for (let row = 0; row < 200_000; row++) assertEquals(rows.has(row), added.includes(row));
});

Deno.test("createRowSet() tells its rows as ranges, and takes them so", () => {
  const rows = createRowSet();
  rows.addRange(3, 4);
  rows.addRange(20_000, 2);
  rows.add(9);
  assertEquals(rows.size, 7);
  assertEquals(rows.ranges(0, 30_000), [[3, 4], [9, 1], [20_000, 2]]);
  assertEquals(rows.ranges(5, 20_001), [[5, 2], [9, 1], [20_000, 1]]);
  assertEquals(createRowSet().ranges(0, 10), []);
});

Deno.test("startsAvoiding() agrees with trying every window", () => {
  const key = drawKey(3, "rows");
  for (let trial = 0; trial < 200; trial++) {
    const total = 5 + integer(key, 5 * trial, 60);
    const length = 1 + integer(key, 5 * trial + 1, Math.min(7, total));
    const rows = createRowSet();
    for (let i = 0; i < trial % 6; i++) rows.add(integer(key, 1000 + 6 * trial + i, total));
    const first = integer(key, 5 * trial + 2, total - length + 1);
    const starts = integer(key, 5 * trial + 3, total - length - first + 2);
    const expected: number[] = [];
    for (let start = first; start < first + starts; start++) {
      if (Array.from({ length }, (_, i) => start + i).every((row) => !rows.has(row))) {
        expected.push(start);
      }
    }
    const ranges = startsAvoiding(rows, first, starts, length);
    assertEquals(
      ranges.flatMap(([from, n]) => Array.from({ length: n }, (_, i) => from + i)),
      expected,
    );
    // Ranges are maximal: no two of them touch.
    for (let i = 1; i < ranges.length; i++) {
      assertEquals(ranges[i]![0] > ranges[i - 1]![0] + ranges[i - 1]![1], true);
    }
  }
});
