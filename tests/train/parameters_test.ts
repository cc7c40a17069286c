import type { ParameterSpec } from "../../lib/methods/method.ts";
import { checkFit, countParameters, initialParameters } from "../../lib/train/parameters.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

const specs: ParameterSpec[] = [
  { name: "w", shape: [100, 40], trainable: true, initializer: { kind: "uniform", bound: 0.25 } },
  {
    name: "cls",
    shape: [1, 1, 999],
    trainable: true,
    initializer: { kind: "normal", deviation: 0.02 },
  },
  { name: "norm", shape: [3], trainable: true, initializer: { kind: "constant", value: 1 } },
  {
    name: "table",
    shape: [2],
    trainable: false,
    initializer: { kind: "fixed", values: Float32Array.of(5, 6) },
  },
];

Deno.test("initialParameters draws each kind of start within its bounds", () => {
  const { w, cls, norm, table } = initialParameters(specs, 0);
  assert(w!.data.every((value) => Math.abs(value) <= 0.25));
  assert(Math.max(...w!.data) > 0.24 && Math.min(...w!.data) < -0.24);
  const deviation = Math.sqrt(cls!.data.reduce((sum, x) => sum + x * x, 0) / cls!.data.length);
  assertAlmostEquals(deviation, 0.02, 0.002);
  assertEquals([...norm!.data], [1, 1, 1]);
  assertEquals([...table!.data], [5, 6]);
});

Deno.test("initialParameters depends on the seed and the name only", () => {
  const first = initialParameters(specs, 7), again = initialParameters([specs[1]!, specs[0]!], 7);
  assertEquals(first["w"]!.data, again["w"]!.data);
  assert(initialParameters(specs, 8)["w"]!.data[0] !== first["w"]!.data[0]);
});

Deno.test("initialParameters hands out its own copy of fixed values", () => {
  initialParameters(specs, 0)["table"]!.data[0] = 9;
  assertEquals(initialParameters(specs, 0)["table"]!.data[0], 5);
});

Deno.test("countParameters tells trainable from fixed weights", () => {
  assertEquals(countParameters(specs), { trainable: 4000 + 999 + 3, fixed: 2 });
});

const declared = (entries: Record<string, number[]>, dtype = "float32") =>
  new Map(Object.entries(entries).map(([name, shape]) => [name, { shape, dtype }]));

Deno.test("checkFit accepts the same entries in any order", () => {
  checkFit("a", declared({ x: [1], y: [2, 3] }), declared({ y: [2, 3], x: [1] }));
});

Deno.test("checkFit shows missing, extra, shape and type differences, five at most", () => {
  const wanted = new Map([
    ...declared({ a: [1], b: [2, 3], c: [4] }),
    ...declared({ d: [] }, "int64"),
  ]);
  const found = declared({ b: [3, 2], c: [4], d: [], e: [1], f: [1], g: [1] });
  const error = assertThrows(() => checkFit("step.safetensors", wanted, found), UsageError);
  assertEquals(error.exitCode, 2);
  const lines = error.message.split("\n").map((line) => line.trim().replace(/ +/g, " "));
  assertEquals(lines, [
    'Cannot load "step.safetensors": it differs from the model in 6 of its entries',
    "entry wanted found",
    "a float32 [1] missing",
    "b float32 [2, 3] float32 [3, 2]",
    "d int64 [] float32 []",
    "e no such entry float32 [1]",
    "f no such entry float32 [1]",
    "and 1 more",
  ]);
});
