import { startEngine } from "../../lib/engine/backend/backend.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import {
  flatLayout,
  packGradients,
  packHost,
  unpack,
  unpackHost,
} from "../../lib/train/flat_layout.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { assertEquals } from "../assert.ts";

await startEngine({ backend: "cpu" });

const shapes: Record<string, number[]> = { a: [2, 2], b: [], c: [3], d: [1, 2] };
const specs = Object.entries(shapes).map(([name, shape]): ParameterSpec => ({
  name,
  shape,
  trainable: true,
  initializer: { kind: "normal", deviation: 1 },
}));
const layout = flatLayout([
  ...specs.slice(0, 2),
  { ...specs[0]!, name: "fixed", trainable: false },
  ...specs.slice(2),
]);

Deno.test("flatLayout places trainable entries one after the other", () => {
  assertEquals(layout.entries.map(({ name, start, size }) => [name, start, size]), [
    ["a", 0, 4],
    ["b", 4, 1],
    ["c", 5, 3],
    ["d", 8, 2],
  ]);
  assertEquals(layout.size, 10);
});

Deno.test("unpack gives the tensors that packHost put together, in their shapes", () => {
  const parameters = initialParameters(specs, 0);
  const flat = packHost(layout, parameters);
  const tensors = unpack(layout, tf.tensor1d(flat.data));
  for (const { name, shape } of specs) {
    assertEquals(tensors[name]!.shape, [...shape]);
    assertEquals([...tensors[name]!.dataSync()], [...parameters[name]!.data]);
  }
  const views = unpackHost(layout, flat);
  flat.data[4] = 9;
  assertEquals(views["b"]!.data[0], 9);
});

Deno.test("packGradients joins neighbours and parts those without a gradient", () => {
  const ones = (name: string) => tf.ones(shapes[name]!);
  const runs = (names: string[]) =>
    packGradients(layout, Object.fromEntries(names.map((name) => [name, ones(name)])))
      .map(({ size, gradient }) => [size, gradient?.size]);
  assertEquals(runs(["a", "b", "c", "d"]), [[10, 10]]);
  assertEquals(runs(["a", "c"]), [[4, 4], [1, undefined], [3, 3], [2, undefined]]);
  assertEquals(runs(["c", "d"]), [[5, undefined], [5, 5]]);
  assertEquals(runs([]), [[10, undefined]]);
});
