import { tf } from "../../lib/engine/backend/tf.ts";
import { projectedWidth, projector, projectorSpecs, unitRows } from "../../lib/nn/projector.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { uploadTree } from "../../lib/engine/backend/tensors.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const width = 3;
const pooled = [[1, 2, 0.5], [-1, 0.3, 2], [0.2, -2, 1], [4, 1, -1]];

/** What a batch of hidden values leaves behind, in plain numbers. */
function statistics(hidden: readonly number[]) {
  const mean = hidden.reduce((a, b) => a + b) / hidden.length;
  const squares = hidden.reduce((sum, h) => sum + (h - mean) ** 2, 0);
  return { mean, biased: squares / hidden.length, unbiased: squares / (hidden.length - 1) };
}

testOnBackends(
  "projector() mixes a tenth of the batch into the running statistics, unbiased",
  () => {
    const values = initialParameters(projectorSpecs(width), 0);
    tf.tidy(() => {
      const weights = uploadTree(values);
      const first = projector(weights, weights, tf.tensor2d(pooled));
      const second = projector(
        weights,
        first.state,
        tf.tensor2d(pooled.map((row) => row.map((x) => 2 * x))),
      );
      const row = values["projector.0.weight"]!.data;
      for (const h of [0, 7, 11]) {
        const hidden = pooled.map((x) => x.reduce((sum, v, d) => sum + v * row[h * width + d]!, 0));
        const { mean, unbiased } = statistics(hidden);
        const read = (state: typeof first.state, name: string) =>
          state[`projector.1.${name}`]!.dataSync()[h]!;
        assertAlmostEquals(read(first.state, "running_mean"), 0.1 * mean, 1e-6);
        assertAlmostEquals(read(first.state, "running_var"), 0.9 + 0.1 * unbiased, 1e-6);
        // The second view goes on from the first: twice the values, four times the variance.
        assertAlmostEquals(read(second.state, "running_mean"), 0.09 * mean + 0.2 * mean, 1e-6);
        assertAlmostEquals(
          read(second.state, "running_var"),
          0.9 * (0.9 + 0.1 * unbiased) + 0.4 * unbiased,
          1e-6,
        );
      }
      const count = "projector.1.num_batches_tracked";
      assertEquals(second.state[count]!.dataSync()[0], 2);
    });
  },
);

testOnBackends("projector() normalises by the batch, never by the running statistics", () => {
  const values = initialParameters(projectorSpecs(width), 0);
  tf.tidy(() => {
    const weights = uploadTree(values);
    const moved = {
      ...weights,
      "projector.1.running_mean": tf.fill([4 * width], 100),
      "projector.1.running_var": tf.fill([4 * width], 9),
    };
    const x = tf.tensor2d(pooled);
    const plain = projector(weights, weights, x).unit.dataSync();
    const other = projector(moved, moved, x).unit.dataSync();
    assertEquals([...plain], [...other]);
    // Batch normalisation takes out a shift and a scale of all samples.
    const shifted = projector(weights, weights, tf.add(tf.mul(x, 50), 3)).unit.dataSync();
    shifted.forEach((value, i) => assertAlmostEquals(value, plain[i]!, 1e-3));
    assertEquals(plain.length, pooled.length * projectedWidth);
  });
});

testOnBackends("unitRows() divides by the length and leaves a row of zeros alone", () => {
  const rows = tf.tidy(() => unitRows(tf.tensor2d([[3, 4], [0, 0], [-2, 0]])).arraySync());
  const wanted = [[0.6, 0.8], [0, 0], [-1, 0]];
  (rows as number[][]).flat().forEach((x, i) => assertAlmostEquals(x, wanted.flat()[i]!, 1e-6));
  const gradient = tf.tidy(() =>
    tf.grad((x) => tf.sum(unitRows(x)))(tf.tensor2d([[0, 0]])).dataSync()
  );
  assert(gradient.every(Number.isFinite));
});
