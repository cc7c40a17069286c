import { assert, assertEquals } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { interpolateRows } from "../../lib/signal/interpolate.ts";

async function* blocks(rows: readonly (readonly number[])[], size: number) {
  for (let at = 0; at < rows.length; at += size) {
    const part = rows.slice(at, at + size);
    await Promise.resolve();
    yield { rows: part.length, firstLine: at + 1, values: Float64Array.from(part.flat()) };
  }
}

async function interpolate(rows: readonly (readonly number[])[], size = 3): Promise<number[][]> {
  const found: number[][] = [];
  for await (const row of interpolateRows(blocks(rows, size), rows[0]!.length)) {
    found.push(Array.from(row));
  }
  return found;
}

Deno.test("interpolateRows() equals pandas for every recorded subject, whatever the blocks", async () => {
  const fixture = readFixture("datasets");
  const raw = fixture.tensor("pamap2/raw");
  const expected = fixture.tensor("pamap2/interpolated");
  const [subjects, rows, columns] = raw.shape as [number, number, number];
  const subjectRows = (values: readonly number[], subject: number) =>
    Array.from({ length: rows }, (_, row) => {
      const start = (subject * rows + row) * columns;
      return values.slice(start, start + columns);
    });
  for (let subject = 0; subject < subjects; subject++) {
    const wanted = subjectRows(expected.values, subject);
    assert(wanted.flat().some(Number.isNaN), "the fixture has leading gaps");
    for (const size of [1, 5, rows]) {
      assertEquals(await interpolate(subjectRows(raw.values, subject), size), wanted);
    }
  }
});

Deno.test("interpolateRows() fills inner gaps, repeats the last value and leaves leading gaps", async () => {
  const rows = [
    [NaN, 1, NaN],
    [2, NaN, NaN],
    [NaN, NaN, NaN],
    [NaN, 4, NaN],
    [8, NaN, NaN],
    [NaN, NaN, NaN],
  ];
  const expected = [
    [NaN, 1, NaN],
    [2, 2, NaN],
    [4, 3, NaN],
    [6, 4, NaN],
    [8, 4, NaN],
    [8, 4, NaN],
  ];
  for (const size of [1, 2, 6]) assertEquals(await interpolate(rows, size), expected);
});

Deno.test("interpolateRows() hands rows out as soon as their gaps are closed", async () => {
  let read = 0;
  const source = async function* () {
    for (; read < 1000; read++) {
      await Promise.resolve();
      const values = Float64Array.of(read, read % 10 === 0 ? read : NaN);
      yield { rows: 1, firstLine: read + 1, values };
    }
  };
  let row = 0;
  for await (const [number, filled] of interpolateRows(source(), 2)) {
    assertEquals([number, filled], [row, Math.min(row, 990)]);
    assert(read - row <= 11, `row ${row} was held back until row ${read}`);
    row++;
  }
  assertEquals(row, 1000);
});
