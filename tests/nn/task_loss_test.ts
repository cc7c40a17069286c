import { tf } from "../../lib/engine/backend/tf.ts";
import { taskLoss, taskTargets } from "../../lib/nn/losses.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { tasks } from "../evaluate/blobs.ts";

const loss = (scores: number[][], targets: () => tf.Tensor, task: TaskSpec) =>
  tf.tidy(() => taskLoss(tf.tensor2d(scores), targets(), task).dataSync()[0]!);

testOnBackends("taskLoss() averages over rows and outputs", () => {
  const classes = loss([[0, 0, 0], [9, 9, -90]], () => tf.tensor1d([0, 1], "int32"), {
    ...tasks["single-label"],
  });
  assertAlmostEquals(classes, (Math.log(3) + Math.LN2) / 2, 1e-5);
  const labels = () => tf.tensor2d([[1, 0, 1], [0, 0, 0]]);
  assertAlmostEquals(
    loss([[0, 0, 60], [0, 0, -60]], labels, tasks["multi-label"]),
    4 * Math.LN2 / 6,
    1e-5,
  );
  const values = () => tf.tensor2d([[1], [-1]]);
  assertAlmostEquals(loss([[3], [-1]], values, tasks.regression), 2, 1e-6);
});

testOnBackends("taskLoss() of a binary task stays exact far from zero", () => {
  const at = (score: number) => loss([[score]], () => tf.tensor2d([[0]]), tasks.binary);
  assertAlmostEquals(at(60), 60, 1e-4);
  assertAlmostEquals(at(-60), 0, 1e-6);
  assertAlmostEquals(at(0), Math.LN2, 1e-6);
});

Deno.test("taskTargets() gives ids for one of several classes and a row of outputs else", () => {
  assertEquals(taskTargets(int32([2], [2, 0]), tasks["single-label"]), int32([2], [2, 0]));
  const tokens = int32([2, 2], [2, 0, 1, 1]);
  assertEquals(taskTargets(tokens, tasks["per-token"]), int32([4], [2, 0, 1, 1]));
  assertEquals(taskTargets(int32([2], [1, 0]), tasks.binary), float32([2, 1], [1, 0]));
  const several = int32([1, 3], [1, 0, 1]);
  assertEquals(taskTargets(several, tasks["multi-label"]), float32([1, 3], [1, 0, 1]));
  assertEquals(taskTargets(float32([2], [0.5, -1]), tasks.regression), float32([2, 1], [0.5, -1]));
});
