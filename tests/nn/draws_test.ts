import { tf } from "../../lib/engine/backend/tf.ts";
import { dropoutDraw, keyedDropout, noDropout, uniformRows } from "../../lib/nn/draws.ts";
import { upload } from "../../lib/engine/backend/tensors.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const key = { seed: 1, step: 4, firstSample: 2, samples: 3 };

Deno.test("uniformRows() draws the same for a sample whatever batch it stands in", () => {
  const rows = uniformRows(key, "test", 5);
  assertEquals(rows.shape, [3, 5]);
  const last = uniformRows({ ...key, firstSample: 4, samples: 1 }, "test", 5);
  assertEquals([...last.data], [...rows.data.slice(10)]);
  assertEquals([...uniformRows(key, "test", 2).data.slice(0, 2)], [...rows.data.slice(0, 2)]);
});

Deno.test("uniformRows() depends on seed, step, purpose and sample, and lies in [0, 1)", () => {
  const rows = uniformRows(key, "test", 100);
  for (const other of [{ ...key, seed: 2 }, { ...key, step: 5 }, { ...key, firstSample: 3 }]) {
    assertNotEquals(uniformRows(other, "test", 100), rows);
  }
  assertNotEquals(uniformRows(key, "else", 100), rows);
  assertNotEquals([...rows.data.slice(0, 100)], [...rows.data.slice(100, 200)]);
  assert(rows.data.every((u) => u >= 0 && u < 1));
  const mean = rows.data.reduce((a, b) => a + b) / 300;
  assertAlmostEquals(mean, 0.5, 0.06);
});

testOnBackends("keyedDropout() drops a share of the elements, others at every place", () => {
  const kept = (place: number, samples: number, firstSample = 0) =>
    tf.tidy(() => {
      const draws = dropoutDraw({ seed: 0, step: 0, firstSample, samples });
      const dropout = keyedDropout({ dropout: upload(draws.dropout!) }, 0.25);
      return [...dropout(tf.ones([samples, 500]), place).dataSync()];
    });
  const values = kept(3, 4);
  assertEquals(new Set(values).size, 2);
  assertAlmostEquals(Math.max(...values), 1 / 0.75, 1e-6);
  assertAlmostEquals(values.filter((value) => value === 0).length / values.length, 0.25, 0.04);
  assertNotEquals(kept(4, 4), values);
  assertEquals([...kept(3, 1), ...kept(3, 3, 1)], values, "a split batch drops the same elements");
});

Deno.test("keyedDropout() of rate 0 needs no draw", () => {
  assertEquals(keyedDropout({ dropout: tf.zeros([3], "int32") }, 0), noDropout);
});
