import { tf } from "../../lib/engine/backend/tf.ts";
import { taskContrast } from "../../lib/nn/losses.ts";
import { assertAlmostEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const unit = (angles: readonly number[]) => angles.map((a) => [Math.cos(a), Math.sin(a)]);
const before = unit([0.1, 1.2, 2.9]);
const after = unit([0.4, 1.1, -2.5]);

/** The loss in plain numbers. */
function expected(temperature: number, keepAnchor = false): number {
  const rows = [...before, ...after];
  const count = before.length;
  const losses = rows.map((row, i) => {
    const logits = rows.map((other) => (row[0]! * other[0]! + row[1]! * other[1]!) / temperature);
    const total = logits.reduce(
      (sum, logit, j) => keepAnchor || j !== i ? sum + Math.exp(logit) : sum,
      0,
    );
    return Math.log(total) - logits[(i + count) % (2 * count)]!;
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

testOnBackends("taskContrast() attracts the views of a sample against all other rows", () => {
  for (const temperature of [0.5, 0.1]) {
    const loss = tf.tidy(() =>
      taskContrast(tf.tensor2d(before), tf.tensor2d(after), temperature).dataSync()[0]!
    );
    assertAlmostEquals(loss, expected(temperature), 2e-5);
  }
});

Deno.test("taskContrast()'s reference tells whether the anchor is left out", () => {
  if (Math.abs(expected(0.5) - expected(0.5, true)) < 0.1) throw new Error("the case is too easy");
});
