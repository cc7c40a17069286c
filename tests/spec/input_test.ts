import {
  describeInput,
  inputSpec,
  patchCount,
  patchWidth,
  sampleShape,
} from "../../lib/spec/input.ts";
import { taskSpec } from "../../lib/spec/task.ts";
import { assertEquals, assertThrows } from "../assert.ts";

const inputs = {
  series: { kind: "series", channels: 52, length: 320, patch: 5 },
  tabular: { kind: "tabular", features: 28 },
  image: { kind: "image", channels: 13, height: 64, width: 64, patch: 8 },
  tokens: { kind: "tokens", vocabulary: 26, length: 128 },
} as const;

Deno.test("patchCount(), patchWidth() and sampleShape() agree with the published sizes", () => {
  const sizes = Object.values(inputs).map((input) => [
    patchCount(input),
    patchWidth(input),
    sampleShape(input),
  ]);
  assertEquals(sizes, [
    [64, 260, [52, 320]],
    [28, 1, [28]],
    [64, 832, [13, 64, 64]],
    [128, 26, [128]],
  ]);
});

Deno.test("patchCount() refuses a patch that does not divide the input", () => {
  assertThrows(() => patchCount({ ...inputs.series, patch: 7 }), RangeError, "the length 320");
  assertThrows(() => patchCount({ ...inputs.image, patch: 7 }), RangeError, "the height 64");
});

Deno.test("describeInput() names kind, shape and patch", () => {
  assertEquals(describeInput(inputs.image), "image 13x64x64, patch 8");
  assertEquals(describeInput(inputs.tokens), "tokens 128, vocabulary 26");
});

Deno.test("inputSpec and taskSpec refuse unknown kinds, keys and sizes", () => {
  assertEquals(inputSpec.safeParse(inputs.tabular).success, true);
  for (
    const bad of [{ kind: "graph" }, { ...inputs.tabular, extra: 1 }, {
      kind: "tabular",
      features: 0,
    }]
  ) {
    assertEquals(inputSpec.safeParse(bad).success, false);
  }
  assertEquals(taskSpec.safeParse({ kind: "binary", classes: 2, metric: "luck" }).success, false);
});
