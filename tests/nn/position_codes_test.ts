import { gridCodes, positionTable, sequenceCodes } from "../../lib/nn/metamae_encoder.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

const row = (table: Float64Array, width: number, index: number) =>
  Array.from(table.slice(index * width, (index + 1) * width));

Deno.test("sequenceCodes() puts all sines before all cosines behind a row of zeros for CLS", () => {
  const table = sequenceCodes(3, 4);
  assertEquals(table.length, 16);
  assertEquals(row(table, 4, 0), [0, 0, 0, 0]);
  assertEquals(row(table, 4, 1), [0, 0, 1, 1]);
  const wanted = [Math.sin(2), Math.sin(0.02), Math.cos(2), Math.cos(0.02)];
  row(table, 4, 3).forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-15));
});

Deno.test("gridCodes() holds the column's code before the row's, rows of the grid slowest", () => {
  const width = 8;
  const table = gridCodes(2, 3, width);
  const line = sequenceCodes(3, width / 2);
  const code = (position: number) => row(line, width / 2, position + 1);
  assertEquals(table.length, 7 * width);
  assertEquals(row(table, width, 0), new Array(width).fill(0));
  assertEquals(row(table, width, 1 + 0 * 3 + 2), [...code(2), ...code(0)]);
  assertEquals(row(table, width, 1 + 1 * 3 + 0), [...code(0), ...code(1)]);
});

Deno.test("positionTable() takes the grid of an image and the order of everything else", () => {
  const image = { kind: "image", channels: 3, height: 4, width: 6, patch: 2 } as const;
  assertEquals([...positionTable(image, 8)], [...Float32Array.from(gridCodes(2, 3, 8))]);
  const series = { kind: "series", channels: 2, length: 12, patch: 4 } as const;
  const line = [...Float32Array.from(sequenceCodes(3, 6))];
  assertEquals([...positionTable(series, 6)], line);
  assertEquals([...positionTable({ kind: "tabular", features: 3 }, 6)], line);
  assertEquals([...positionTable({ kind: "tokens", vocabulary: 9, length: 3 }, 6)], line);
});

Deno.test("sequenceCodes() and gridCodes() refuse widths that they cannot split", () => {
  assertThrows(() => sequenceCodes(3, 5), RangeError, "the width 5 is no multiple of 2");
  assertThrows(() => gridCodes(2, 2, 6), RangeError, "the width 6 is no multiple of 4");
});
