import { startEngine } from "../../../lib/engine/backend/backend.ts";
import { activeNativeBackend } from "../../../lib/engine/backend/native_backend.ts";
import { oneHot } from "../../../lib/engine/ops/mod.ts";
import { segmentSum } from "../../../lib/engine/ops/embedding.ts";
import { broadcast, inferShapes } from "../../../lib/engine/trace/shapes.ts";
import { type Tensor, tf } from "../../../lib/engine/backend/tf.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { tensorflowAvailable } from "../../engine_available.ts";

type Expression = (x: tf.Tensor2D) => Tensor | Tensor[];

/** One use of every operation that models are built from; x is (2, 3). */
const expressions: Readonly<Record<string, Expression>> = {
  "element-wise": (x) => tf.erf(tf.sqrt(tf.abs(tf.neg(x)))),
  "broadcast": (x) => tf.add(x, tf.ones([4, 1, 3])),
  "comparison": (x) => tf.greater(x, tf.scalar(0)),
  "where": (x) => tf.where(tf.greater(x, 0), x, tf.zerosLike(x)),
  "sum over one axis": (x) => tf.sum(x, 0),
  "mean with kept axes": (x) => tf.mean(x, -1, true),
  "maximum over all": (x) => tf.max(x),
  "arg max": (x) => tf.argMax(x, -1),
  "product": (x) => tf.matMul(x, x, false, true),
  "batched product": () => tf.matMul(tf.ones([5, 3, 2]), tf.ones([5, 2, 4])),
  "reshape": (x) => tf.reshape(x, [3, -1]),
  "expand": (x) => tf.expandDims(x, -1),
  "transpose": (x) => tf.transpose(tf.reshape(x, [1, 2, 3]), [2, 0, 1]),
  "concat": (x) => tf.concat([x, x], -1),
  "slice": (x) => tf.slice(x, [0, 1], [-1, 2]),
  "stack": (x) => tf.stack([x, x], 1),
  "unstack": (x) => tf.unstack(x, 1),
  "split": (x) => tf.split(x, [1, 2], 1),
  "gather": (x) => tf.gather(x, tf.tensor2d([[0, 1, 1]], [1, 3], "int32"), 0),
  "pad": (x) => tf.pad(x, [[1, 0], [0, 2]]),
  "cast": (x) => tf.cast(x, "int32"),
  "tile": (x) => tf.tile(x, [2, 3]),
  "one hot": () => oneHot(tf.tensor1d([1, 0], "int32"), 4),
  "fill": () => tf.zeros([20, 2]),
  "sum of many": (x) => tf.addN([x, x, x]),
  "segments": (x) => segmentSum(x, tf.tensor1d([1, 1], "int32"), 3),
};

for (const [name, expression] of Object.entries(expressions)) {
  Deno.test({
    name: `inferShapes() knows the result of ${name} as libtensorflow computes it`,
    ignore: !tensorflowAvailable,
    sanitizeResources: false,
    async fn() {
      await startEngine({ backend: "tensorflow" });
      const native = activeNativeBackend()!;
      const describe = (tensors: Tensor | Tensor[]) =>
        [tensors].flat().map(({ shape, dtype }) => `${dtype}[${shape}]`);
      const eager = tf.tidy(() => describe(expression(tf.ones([2, 3]))));
      const type = { dataType: native.dataType("float32"), shape: [2, 3] };
      let traced: string[] = [];
      native.binding.trace([type], ([x]) => {
        traced = tf.tidy(() => describe(expression(native.wrap(x!) as tf.Tensor2D)));
        return [];
      });
      assertEquals(traced, eager);
    },
  });
}

Deno.test("inferShapes() refuses an operation that it does not know", () => {
  assertThrows(() => inferShapes("Unique", [], []), TypeError, '"Unique"');
});

Deno.test("broadcast() aligns shapes at their last axes and refuses others", () => {
  assertEquals(broadcast([3, 1], [2, 1, 4]), [2, 3, 4]);
  assertThrows(() => broadcast([2], [3]), RangeError, "axis 0");
});
