import { checkProbeData, rowsPerSample, withOnes } from "../../lib/evaluate/probe_data.ts";
import { averageRanks, ties } from "../../lib/evaluate/metrics.ts";
import { outputCount } from "../../lib/spec/task.ts";
import { DataError, NumericError } from "../../lib/util/errors.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { blobs, tasks } from "./blobs.ts";

Deno.test("checkProbeData() takes good data of every task", () => {
  for (const task of Object.values(tasks)) checkProbeData(blobs(task, 9, 1), task, "train");
});

Deno.test("checkProbeData() refuses labels of another task, with the first bad one", () => {
  const features = float32([2, 1]);
  const check =
    (task: keyof typeof tasks, labels: ReturnType<typeof int32 | typeof float32>) => () =>
      checkProbeData({ features, labels }, tasks[task], "test");
  assertThrows(check("binary", int32([2], [0, 2])), DataError, "label 1 is 2, 0..1 are wanted");
  assertThrows(check("single-label", int32([2], [-1, 0])), DataError, "label 0 is -1");
  assertThrows(check("single-label", float32([2], [0.5, 0])), DataError, "label 0 is 0.5");
  assertThrows(check("regression", float32([2], [1, NaN])), DataError, "a finite number is wanted");
  assertThrows(check("multi-label", int32([2, 2])), DataError, "[2,2], 2 x 3 are wanted");
  assertThrows(check("per-token", int32([2, 1])), DataError, "3 axes");
});

Deno.test("checkProbeData() refuses infinite features", () => {
  const data = { features: float32([2, 2], [0, 1, 2, Infinity]), labels: int32([2]) };
  const check = () => checkProbeData(data, tasks.binary, "train");
  assertThrows(check, NumericError, 'Cannot probe the "train" features: sample 1 holds Infinity');
});

Deno.test("withOnes() copies picked samples and appends a one to every row", () => {
  const flat = float32([3, 2], [1, 2, 3, 4, 5, 6]);
  assertEquals(withOnes(flat, [2, 0]), float32([2, 3], [5, 6, 1, 1, 2, 1]));
  const tokens = float32([2, 2, 1], [1, 2, 3, 4]);
  assertEquals(withOnes(tokens, [1]), float32([2, 2], [3, 1, 4, 1]));
  assertEquals([rowsPerSample(flat), rowsPerSample(tokens)], [1, 2]);
});

Deno.test("outputCount() is one for binary tasks and regression", () => {
  const counts = Object.entries(tasks).map(([kind, task]) => [kind, outputCount(task)]);
  assertEquals(Object.fromEntries(counts), {
    "single-label": 3,
    binary: 1,
    "multi-label": 3,
    regression: 1,
    "per-token": 3,
  });
});

Deno.test("averageRanks() shares the ranks of ties, also of repeated samples", () => {
  const groups = ties([10, 30, 10, 20]);
  assertEquals([...averageRanks(groups)], [1.5, 4, 1.5, 3]);
  // Counted 2, 1, 0 and 3 times: 10 10 20 20 20 30.
  assertEquals([...averageRanks(groups, [2, 1, 0, 3])].filter((_, i) => i !== 2), [1.5, 6, 4]);
});
