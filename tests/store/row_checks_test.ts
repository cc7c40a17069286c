import { assertEquals, assertThrows } from "../assert.ts";
import {
  channelCount,
  checkLabels,
  createRowCheck,
  labelLayout,
  rowWidth,
  windowLength,
} from "../../lib/store/row_checks.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { DataError } from "../../lib/util/errors.ts";

const series: InputSpec = { kind: "series", channels: 3, length: 8, patch: 2 };
const image: InputSpec = { kind: "image", channels: 3, height: 4, width: 4, patch: 2 };
const tokens: InputSpec = { kind: "tokens", vocabulary: 10, length: 5 };

function task(change: Partial<TaskSpec>): TaskSpec {
  return { kind: "single-label", classes: 3, metric: "accuracy", ...change };
}

Deno.test("rowWidth() and windowLength() tell time steps from whole samples", () => {
  assertEquals([rowWidth(series, "rows"), windowLength("rows", [series])], [24, 1]);
  assertEquals([rowWidth(series, "windows"), windowLength("windows", [series])], [3, 8]);
  assertEquals(rowWidth(image, "rows"), 48);
  assertEquals(rowWidth(tokens, "rows"), 5);
});

Deno.test("channelCount() counts what may have a mean of its own", () => {
  assertEquals([series, image, tokens].map(channelCount), [3, 3, 1]);
  assertEquals(channelCount({ kind: "tabular", features: 28 }), 28);
});

Deno.test("createRowCheck() tells of rows with a NaN in the windows layout", () => {
  const check = createRowCheck(series, { dtype: "float32" }, "windows");
  const rows: number[] = [];
  const tell = (row: number) => void rows.push(row);
  check(Float32Array.of(1, -0, 3e38), 1, 0, tell);
  assertEquals(rows, []);
  check(Float32Array.of(1, 2, 3, 1, NaN, 2, 4, 5, NaN), 3, 10, tell);
  assertEquals(rows, [11, 12]);
  assertThrows(
    () => check(Float32Array.of(1, 2, 3, 4, 5, Infinity), 2, 7, tell),
    DataError,
    "Cannot store row 8: the value in column 2 is Infinity",
  );
});

Deno.test("createRowCheck() refuses negative tokens of signed types", () => {
  const check = createRowCheck(tokens, { dtype: "int32" }, "rows");
  const tell = () => {};
  check(Int32Array.of(0, 9, 1, 2, 3), 1, 0, tell);
  assertThrows(
    () => check(Int32Array.of(0, 9, 1, 2, 3, 0, -1, 1, 2, 3), 2, 4, tell),
    DataError,
    "Cannot store row 5: token 1 is -1, ids lie in 0..9",
  );
});

Deno.test("labelLayout() follows the layouts that the task describes", () => {
  const layouts = (["single-label", "binary", "multi-label", "regression", "per-token"] as const)
    .map((kind) => labelLayout(task({ kind }), [tokens]));
  assertEquals(layouts.map(({ dtype, width }) => [dtype, width]), [
    ["int32", 1],
    ["int32", 1],
    ["int32", 3],
    ["float32", 1],
    ["int32", 5],
  ]);
});

Deno.test("checkLabels() takes the classes of each kind of task and nothing else", () => {
  const cases: readonly (readonly [Partial<TaskSpec>, number[], number[]])[] = [
    [{ kind: "single-label" }, [0, 2], [3, -1, 1.5, NaN]],
    [{ kind: "binary", classes: 2 }, [0, 1], [2, -1]],
    [{ kind: "multi-label" }, [0, 1], [2, -1]],
    [{ kind: "regression", classes: 1 }, [-1.5, 0, 1e6], [NaN, Infinity]],
    [{ kind: "per-token", ignoreLabel: -100 }, [0, 2, -100], [3, -1]],
  ];
  for (const [change, good, bad] of cases) {
    for (const label of good) checkLabels([label], task(change), 1, 1, 0);
    checkLabels(good, task(change), 1, good.length, 0);
    for (const label of bad) {
      const labels = [...good, label];
      const message = `row ${3 + good.length}: its label is ${label}`;
      const check = () => checkLabels(labels, task(change), 1, labels.length, 3);
      assertThrows(check, DataError, message);
    }
  }
});

Deno.test("checkLabels() wants as many numbers as the task has", () => {
  const many = task({ kind: "multi-label" });
  checkLabels(Uint8Array.of(0, 1, 1), many, 3, 1, 0);
  assertThrows(() => checkLabels([1], many, 3, 1, 0), DataError, "1 numbers, 3 are wanted");
});
