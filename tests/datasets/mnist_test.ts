import { createHash } from "node:crypto";
import { assertEquals, assertRejects } from "../assert.ts";
import { mnist } from "../../lib/datasets/mnist.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const expected = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/raw/mnist.json", import.meta.url)),
);
const digest = (values: ArrayLike<number>) =>
  createHash("sha256").update(Int32Array.from(values)).digest("hex");

Deno.test("mnist equals NumPy's reading of the package: pixels, labels and both splits", async () => {
  const store = await tokenizeToMemory(mnist);
  const images = createHash("sha256");
  for (const [row] of store.rows) images.update(row!);
  assertEquals(images.digest("hex"), expected.imagesSha256);
  assertEquals(digest(store.labels as number[]), expected.labelsSha256);
  assertEquals(digest(store.lists.train!), expected.trainSha256);
  assertEquals(digest(store.lists.test!), expected.testSha256);
  assertEquals(store.lists.train!.slice(0, 5), expected.trainFirst);
  assertEquals(store.lists.test!.slice(-5), expected.testLast);
});

Deno.test("mnist normalises by the mean and deviation of its training images", async () => {
  const { declaration } = await tokenizeToMemory(mnist);
  assertEquals(declaration.columns, [{
    dtype: "uint8",
    divisor: 255,
    mean: [expected.mean],
    deviation: [expected.deviation],
  }]);
});

Deno.test("mnist with a limit keeps the first samples of each split", async () => {
  const { lists } = await tokenizeToMemory(mnist, { limit: 3 });
  assertEquals(lists.train, expected.trainFirst.slice(0, 3));
  assertEquals(lists.test!.length, 3);
});

Deno.test("mnist stops when the user stops the program", async () => {
  await assertRejects(() => tokenizeToMemory(mnist, { signal: AbortSignal.abort() }));
});
