import { tf } from "../../lib/engine/backend/tf.ts";
import { tokenCounts, wholeBatch } from "../../lib/nn/batch_share.ts";
import { type HostDraws, type StepKey, uniformRows } from "../../lib/nn/draws.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assertAlmostEquals, assertEquals, assertStrictEquals } from "../assert.ts";

const key: StepKey = { seed: 3, step: 1, firstSample: 0, samples: 6 };

/** A set of tokens whose size depends on the draws, beside another entry. */
function draw(key: StepKey): HostDraws {
  const { shape, data } = uniformRows(key, "test", 4);
  return {
    "chosen.0": float32(shape, data.map((u) => u < 0.3 ? 1 : 0)),
    "chosen.1": float32(shape),
    "mask.0": float32(shape, data.map(() => 1)),
  };
}

Deno.test("tokenCounts() is empty for a whole batch", () => {
  assertEquals(tokenCounts("chosen", key, draw), {});
  assertEquals(tokenCounts("chosen", { ...key, batchSize: 6 }, draw), {});
});

Deno.test("tokenCounts() deals the tokens of the whole batch out evenly", () => {
  const chosen = [...draw(key)["chosen.0"]!.data].filter((value) => value === 1).length;
  const counts = tokenCounts(
    "chosen",
    { ...key, firstSample: 2, samples: 2, batchSize: 6 },
    draw,
  );
  assertEquals(Object.keys(counts), ["chosen.0.count", "chosen.1.count"]);
  assertEquals(counts["chosen.0.count"]!.shape, []);
  assertAlmostEquals(counts["chosen.0.count"]!.data[0]!, chosen / 3, 1e-6);
  // A set without a token counts as one token, which the parts share as well.
  assertAlmostEquals(counts["chosen.1.count"]!.data[0]!, 1 / 3, 1e-6);
});

Deno.test("wholeBatch() leaves rows as they are", () => {
  const rows = tf.tensor2d([[1], [2]]);
  assertStrictEquals(wholeBatch(rows), rows);
  rows.dispose();
});
