import { assertEquals, assertThrows } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { drawWindows, type Recording } from "../../lib/reference/draw_windows.ts";

const fixture = readFixture("datasets");

Deno.test("drawWindows() draws the recorded windows of the MetaMAE reference", () => {
  const [subjects, rows, columns] = fixture.tensor("pamap2/raw").shape as [number, number, number];
  const { values } = fixture.tensor("pamap2/interpolated");
  const activities = [1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 17, 24];
  /** Joined rows of all recordings, and the label of every row. */
  const joined: number[][] = [];
  const labels: number[] = [];
  const recordings: Recording[][] = [];
  for (let subject = 0; subject < subjects; subject++) {
    const table = Array.from({ length: rows }, (_, row) => {
      const start = (subject * rows + row) * columns;
      return values.slice(start, start + columns);
    });
    recordings.push(activities.map((activity, label) => {
      const found = table.filter((row) => row[1] === activity);
      const first = joined.length;
      for (const row of found) {
        joined.push(row.slice(2));
        labels.push(label);
      }
      return { first, rows: found.length };
    }));
  }
  const { window, candidates } = fixture.json.pamap2;
  const usable = recordings.flat().filter(({ rows }) => rows > window);
  assertEquals(
    usable.map(({ first, rows }) => ({ activity_index: labels[first], rows })),
    candidates,
  );

  const starts = drawWindows(recordings, {
    kind: "usable-pairs",
    seed: 6,
    count: 10,
    length: window,
  });
  assertEquals(Array.from(starts, (start) => labels[start]!), fixture.tensor("pamap2/y").values);
  const x = Array.from(
    starts,
    (start) =>
      Array.from(
        { length: columns - 2 },
        (_, channel) =>
          Array.from({ length: window }, (_, i) => Math.fround(joined[start + i]![channel]!)),
      ),
  );
  assertEquals(x.flat(2), fixture.tensor("pamap2/x").values);
});

Deno.test("drawWindows() never takes the last start, and passes over short recordings", () => {
  const subjects = [[{ first: 0, rows: 10 }, { first: 10, rows: 12 }], [
    { first: 22, rows: 11 },
    { first: 33, rows: 0 },
  ]];
  for (const kind of ["usable-pairs", "any-pair-until-usable"] as const) {
    const starts = drawWindows(subjects, { kind, seed: 0, count: 500, length: 10 });
    assertEquals([...new Set(starts)].sort(), [10, 11, 22]);
  }
});

Deno.test("drawWindows() draws pairs or subjects with the same chance", () => {
  // Subject 0 has two usable recordings, subject 1 one: of pairs they get 2/3 and 1/3.
  const subjects = [[{ first: 0, rows: 2 }, { first: 10, rows: 2 }], [
    { first: 20, rows: 2 },
    { first: 30, rows: 1 },
  ]];
  for (const kind of ["usable-pairs", "any-pair-until-usable"] as const) {
    const starts = drawWindows(subjects, { kind, seed: 3, count: 3000, length: 1 });
    const share = starts.filter((start) => start === 20).length / 3000;
    assertEquals(Math.round(10 * share) / 10, 0.3);
  }
});

Deno.test("drawWindows() is the same for the same seed and refuses to draw from nothing", () => {
  const subjects = [[{ first: 0, rows: 100 }]];
  const options = { kind: "usable-pairs", count: 20, length: 5 } as const;
  const draw = (seed: number) => drawWindows(subjects, { ...options, seed });
  assertEquals(draw(1), draw(1));
  assertEquals(draw(1).join() === draw(2).join(), false);
  assertThrows(
    () => drawWindows([[{ first: 0, rows: 5 }]], { ...options, seed: 0 }),
    RangeError,
    "no recording has more than 5 rows",
  );
});
