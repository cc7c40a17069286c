import { assertEquals, assertThrows } from "../assert.ts";
import {
  channelCount,
  checkLabel,
  createRowCheck,
  labelLayout,
  rowWidth,
  windowLength,
} from "../../lib/data/row_checks.ts";
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

Deno.test("createRowCheck() tells complete rows from those with a NaN in the windows layout", () => {
  const check = createRowCheck(series, { dtype: "float32" }, "windows");
  assertEquals(check(Float32Array.of(1, -0, 3e38), 0), "complete");
  assertEquals(check(Float32Array.of(1, NaN, 2), 0), "incomplete");
  assertThrows(() => check(Float32Array.of(1, NaN, Infinity), 7), DataError, "row 7");
});

Deno.test("createRowCheck() refuses negative tokens of signed types", () => {
  const check = createRowCheck(tokens, { dtype: "int32" }, "rows");
  assertEquals(check(Int32Array.of(0, 9, 1, 2, 3), 0), "complete");
  assertThrows(
    () => check(Int32Array.of(0, -1, 1, 2, 3), 4),
    DataError,
    "Cannot store row 4: token 1 is -1, ids lie in 0..9",
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

Deno.test("checkLabel() takes the classes of each kind of task and nothing else", () => {
  const cases: readonly (readonly [Partial<TaskSpec>, number[], number[]])[] = [
    [{ kind: "single-label" }, [0, 2], [3, -1, 1.5, NaN]],
    [{ kind: "binary", classes: 2 }, [0, 1], [2, -1]],
    [{ kind: "multi-label" }, [0, 1], [2, -1]],
    [{ kind: "regression", classes: 1 }, [-1.5, 0, 1e6], [NaN, Infinity]],
    [{ kind: "per-token", ignoreLabel: -100 }, [0, 2, -100], [3, -1]],
  ];
  for (const [change, good, bad] of cases) {
    for (const label of good) assertEquals(checkLabel(label, task(change), 1, 0), [label]);
    for (const label of bad) {
      assertThrows(() => checkLabel(label, task(change), 1, 3), DataError, `its label is ${label}`);
    }
  }
});

Deno.test("checkLabel() wants as many numbers as the task has", () => {
  const many = task({ kind: "multi-label" });
  assertEquals(checkLabel(Uint8Array.of(0, 1, 1), many, 3, 0), Uint8Array.of(0, 1, 1));
  assertThrows(() => checkLabel(1, many, 3, 0), DataError, "1 numbers, 3 are wanted");
});
