import { startEngine } from "../../lib/engine/backend/backend.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import { workerMean } from "../../lib/train/train_step.ts";
import { assertEquals } from "../assert.ts";

await startEngine({ backend: "cpu" });

Deno.test("workerMean() averages gradients and results in one exchange and keeps their places", () => {
  tf.tidy(() => {
    const exchanged: number[][] = [];
    const mean = (x: Tensor) => {
      exchanged.push([...x.dataSync()]);
      return tf.mul(x, 10);
    };
    const { runs, results } = workerMean(
      { mean },
      [
        { size: 2, gradient: tf.tensor1d([1, 2]) },
        { size: 5, gradient: undefined },
        { size: 1, gradient: tf.tensor1d([3]) },
      ],
      { loss: tf.scalar(4), buffers: { table: tf.tensor2d([[5, 6], [7, 8]]) } },
    );
    assertEquals(exchanged, [[1, 2, 3, 4, 5, 6, 7, 8]]);
    assertEquals(
      runs.map(({ size, gradient }) => [size, gradient && [...gradient.dataSync()]]),
      [[2, [10, 20]], [5, undefined], [1, [30]]],
    );
    assertEquals(results.loss.arraySync(), 40);
    assertEquals(results.buffers.table.arraySync(), [[50, 60], [70, 80]]);
  });
});
