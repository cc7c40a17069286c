import { choleskySolve, ridgePenalty, ridgeProbe } from "../../lib/evaluate/ridge_probe.ts";
import { score } from "../../lib/evaluate/scores.ts";
import { NumericError } from "../../lib/util/errors.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { blobs, permuteLabels, tasks } from "./blobs.ts";

Deno.test("choleskySolve() solves a system with several right-hand sides", () => {
  const matrix = Float64Array.of(4, 0, 0, 2, 5, 0, 1, 3, 6);
  const solution = [[1, -2], [0.5, 3], [-1, 4]];
  const full = [[4, 2, 1], [2, 5, 3], [1, 3, 6]];
  const right = Float64Array.from(
    full.flatMap((row) => [0, 1].map((c) => row.reduce((s, a, k) => s + a * solution[k]![c]!, 0))),
  );
  choleskySolve(matrix, right, 3, 2);
  solution.flat().forEach((value, i) => assertAlmostEquals(right[i]!, value, 1e-12));
});

Deno.test("choleskySolve() refuses a matrix that is not positive definite", () => {
  const solve = () => choleskySolve(Float64Array.of(1, 0, 2, 1), Float64Array.of(1, 1), 2, 1);
  assertThrows(solve, NumericError, "pivot 1 is -3");
});

Deno.test("ridgeProbe() meets the normal equations, intercept unpenalized", () => {
  // One feature: slope = cov / (var + lambda), and the fitted line passes through the means.
  const [x, y] = [[1, 2, 4, 7], [3, 1, 6, 8]];
  const train = { features: float32([4, 1], x), labels: float32([4], y) };
  const test = { features: float32([2, 1], [3.5, 0]), labels: float32([2], [0, 0]) };
  const { scores, lambda } = ridgeProbe(train, test, tasks.regression);
  const variance = x.reduce((sum, value) => sum + (value - 3.5) ** 2, 0);
  const covariance = x.reduce((sum, value, i) => sum + (value - 3.5) * (y[i]! - 4.5), 0);
  assertAlmostEquals(lambda, ridgePenalty * variance, 1e-12);
  assertAlmostEquals(scores.values[0]!, 4.5, 1e-12);
  assertAlmostEquals(scores.values[1]!, 4.5 - 3.5 * covariance / (variance + lambda), 1e-12);
});

Deno.test("ridgeProbe() does not change with the scale of the features", () => {
  const [train, test] = [blobs(tasks.regression, 40, 1), blobs(tasks.regression, 10, 2)];
  const scaled = (data: typeof train) => ({
    ...data,
    features: float32(data.features.shape, data.features.data.map((value) => 1024 * value)),
  });
  const plain = ridgeProbe(train, test, tasks.regression).scores.values;
  const large = ridgeProbe(scaled(train), scaled(test), tasks.regression).scores.values;
  plain.forEach((value, i) => assertAlmostEquals(value, large[i]!, 1e-9));
});

for (const task of Object.values(tasks)) {
  Deno.test(`ridgeProbe() learns a ${task.kind} task, and permuted labels bring it to chance`, () => {
    const [train, test] = [blobs(task, 300, 1), blobs(task, 200, 2)];
    const metric = (a: typeof train, b: typeof train) =>
      score(ridgeProbe(a, b, task).scores, task).statistics[task.metric]!().value!;
    const chance = task.kind === "regression"
      ? 0
      : task.metric === "auroc"
      ? 0.5
      : 1 / task.classes;
    assert(metric(train, test) > chance + 0.3, `the metric is ${metric(train, test)}`);
    const permuted = metric(permuteLabels(train, 3), permuteLabels(test, 4));
    assertAlmostEquals(permuted, chance, 0.15, `permuted labels give ${permuted}`);
  });
}

Deno.test("ridgeProbe() of constant features predicts the mean", () => {
  const train = { features: float32([3, 2], [1, 1, 1, 1, 1, 1]), labels: float32([3], [1, 2, 6]) };
  const { scores } = ridgeProbe(train, train, tasks.regression);
  assertEquals([...scores.values], [3, 3, 3]);
  assertEquals(score(scores, tasks.regression).statistics.spearman!().value, null);
});
