import { assertEquals, assertThrows } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import {
  cutSplit,
  drawWindows,
  groupedSplit,
  type Recording,
  sampledRows,
  shuffledSplit,
  swapCaptions,
  testCount,
  trainCount,
} from "../../lib/reference/splits.ts";

const fixture = readFixture("splits");
const recorded = (name: string) => fixture.tensor(name).values;

Deno.test("trainCount() and testCount() equal the recorded sizes of both references", () => {
  const rows = readFixture("lengths").json.split_len;
  assertEquals(rows.length, 16);
  for (const { n, train, test, dabs_train, dabs_val } of rows) {
    assertEquals([trainCount(n), testCount(n, "metamae")], [train, test], `n = ${n}`);
    assertEquals([trainCount(n), testCount(n, "dabs")], [dabs_train, dabs_val], `n = ${n}`);
  }
});

Deno.test("testCount() is one row short for MetaMAE at the published sizes", () => {
  const published: [number, number, number][] = [
    [11_000_000, 1_100_000, 1_099_999],
    [1_100_000, 110_000, 109_999],
    [600_000, 60_000, 59_999],
    [200_000, 20_000, 19_999],
    [638_507, 63_850, 63_850],
    [172_950, 17_295, 17_294],
  ];
  for (const [rows, dabs, metamae] of published) {
    assertEquals([testCount(rows, "dabs"), testCount(rows, "metamae")], [dabs, metamae]);
  }
});

Deno.test("cutSplit() takes the first 90 % and the last 10 %, leaving a middle row to neither", () => {
  const order = Uint32Array.from({ length: 1000 }, (_, i) => 2 * i);
  const { train, test } = cutSplit(order, "metamae");
  assertEquals([train.length, train[0], train[899]], [900, 0, 1798]);
  assertEquals([test.length, test[0], test[98]], [99, 1802, 1998]);
  assertEquals(cutSplit(order, "dabs").test[0], 1800);
});

Deno.test("cutSplit() gives an empty test part where the rule rounds down to nothing", () => {
  const { train, test } = cutSplit(Uint32Array.from({ length: 7 }), "metamae");
  assertEquals([train.length, test.length], [7, 0]);
});

Deno.test("shuffledSplit() cuts the Genomics rows where the references cut them", () => {
  const metamae = shuffledSplit(1_000_000, "metamae");
  const dabs = shuffledSplit(1_000_000, "dabs");
  assertEquals(metamae.train, dabs.train);
  assertEquals([metamae.test.length, dabs.test.length], [99_999, 100_000]);
  assertEquals(dabs.test[1], metamae.test[0]);
});

Deno.test("groupedSplit() by ascending number equals the recorded speaker split", () => {
  const { train, test } = groupedSplit(recorded("speaker/ids"), { order: "ascending" });
  assertEquals(Array.from(train), recorded("speaker/train_indices"));
  assertEquals(Array.from(test), recorded("speaker/test_indices"));
});

Deno.test("groupedSplit() by first appearance equals the recorded class split", () => {
  const labels = recorded("class/labels");
  const { train, test } = groupedSplit(labels, { order: "appearance" });
  assertEquals(Array.from(train), recorded("class/train_indices"));
  assertEquals(Array.from(test), recorded("class/test_indices"));
  assertEquals(Array.from(train, (i) => labels[i]!), recorded("class/train_labels"));
});

Deno.test("groupedSplit() reproduces the published traffic-sign order of class 42", () => {
  // deno-fmt-ignore
  const counts = [
    210, 2220, 2250, 1410, 1980, 1860, 420, 1440, 1410, 1470, 2010, 1320, 2100, 2160, 780, 630, 420,
    1110, 1200, 210, 360, 330, 390, 510, 270, 1500, 600, 240, 540, 270, 450, 780, 240, 689, 420, 1200,
    390, 210, 2070, 300, 360, 240, 240,
  ];
  const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
  const { train, test } = groupedSplit(labels, { order: "ascending" });
  assertEquals([train.length, test.length], [31_367, 7_842]);
  const first = labels.length - 240;
  assertEquals(Array.from(train.slice(-192, -188), (i) => i - first), [157, 136, 117, 90]);
  assertEquals(Array.from(test.slice(-48, -43), (i) => i - first), [51, 67, 1, 166, 8]);
});

Deno.test("swapCaptions() equals the recorded caption swap", () => {
  const { source, labels } = swapCaptions(50);
  assertEquals(Array.from(source), recorded("caption/source_index"));
  assertEquals(Array.from(labels), recorded("caption/label"));
  assertEquals(Array.from(swapCaptions(12).source), [0, 2, 3, 7, 4, 5, 6, 8, 9, 10, 1, 11]);
});

Deno.test("swapCaptions() swaps 58,667 of the 117,266 training captions", () => {
  const { source, labels } = swapCaptions(117_266);
  assertEquals(labels.filter((label) => label === 0).length, 58_667);
  assertEquals(Array.from(source.subarray(0, 8)), [0, 112470, 112477, 112479, 4, 5, 6, 112481]);
});

Deno.test("swapCaptions() leaves a single exchanged caption in place and takes no samples", () => {
  assertEquals(swapCaptions(0).source.length, 0);
  assertEquals(Array.from(swapCaptions(2).source), [0, 1]);
  assertEquals(Array.from(swapCaptions(2).labels), [1, 0]);
});

Deno.test("sampledRows() shuffles a list as pandas does, with the order of its positions", () => {
  const rows = Uint32Array.from({ length: 10 }, (_, i) => 100 + i);
  assertEquals(
    Array.from(sampledRows(rows)),
    [108, 101, 105, 100, 107, 102, 109, 104, 103, 106],
  );
  assertEquals(rows[0], 100);
});

const windowFixture = readFixture("datasets");

Deno.test("drawWindows() draws the windowFixture windows of the MetaMAE reference", () => {
  const [subjects, rows, columns] = windowFixture.tensor("pamap2/raw").shape as [
    number,
    number,
    number,
  ];
  const { values } = windowFixture.tensor("pamap2/interpolated");
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
  const { window, candidates } = windowFixture.json.pamap2;
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
  assertEquals(
    Array.from(starts, (start) => labels[start]!),
    windowFixture.tensor("pamap2/y").values,
  );
  const x = Array.from(
    starts,
    (start) =>
      Array.from(
        { length: columns - 2 },
        (_, channel) =>
          Array.from({ length: window }, (_, i) => Math.fround(joined[start + i]![channel]!)),
      ),
  );
  assertEquals(x.flat(2), windowFixture.tensor("pamap2/x").values);
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
