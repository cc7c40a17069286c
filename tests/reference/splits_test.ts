import { assertEquals } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import {
  cutSplit,
  groupedSplit,
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
