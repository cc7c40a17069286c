import { tf } from "../../lib/engine/backend/tf.ts";
import { tokenCounts, wholeBatch } from "../../lib/nn/batch_share.ts";
import { type StepKey, uniformRows } from "../../lib/nn/draws.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assertAlmostEquals, assertEquals, assertStrictEquals } from "../assert.ts";

const key: StepKey = { seed: 3, step: 1, firstSample: 0, samples: 6 };

/** A set of tokens whose size depends on the draws, and an empty one. */
function draw(key: StepKey) {
  const { shape, data } = uniformRows(key, "test", 4);
  return [float32(shape, data.map((u) => u < 0.3 ? 1 : 0)), float32(shape)];
}

Deno.test("tokenCounts() is empty for a whole batch", () => {
  assertEquals(tokenCounts(key, draw), []);
  assertEquals(tokenCounts({ ...key, batchSize: 6 }, draw), []);
});

Deno.test("tokenCounts() deals the tokens of the whole batch out evenly", () => {
  const chosen = [...draw(key)[0]!.data].filter((value) => value === 1).length;
  const counts = tokenCounts({ ...key, firstSample: 2, samples: 2, batchSize: 6 }, draw);
  assertEquals(counts.length, 2);
  assertEquals(counts[0]!.count.shape, []);
  assertAlmostEquals(counts[0]!.count.data[0]!, chosen / 3, 1e-6);
  // A set without a token counts as one token, which the parts share as well.
  assertAlmostEquals(counts[1]!.count.data[0]!, 1 / 3, 1e-6);
});

Deno.test("wholeBatch() leaves rows as they are", () => {
  const rows = tf.tensor2d([[1], [2]]);
  assertStrictEquals(wholeBatch(rows), rows);
  rows.dispose();
});
