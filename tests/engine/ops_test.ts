import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import {
  crossEntropy,
  embedding,
  gelu,
  keepTokens,
  layerNorm,
  oneHot,
  placeTokens,
  sigmoid,
  softmax,
} from "../../lib/engine/ops/mod.ts";
import { exp, logSoftmax } from "../../lib/engine/ops/functions.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "./backends.ts";
import { checkDerivatives, type DerivativeCase } from "./finite_differences.ts";

const order = [[2, 0, 3, 1], [1, 3, 0, 2]];
const inverse = order.map((row) => row.map((_, i) => row.indexOf(i)));
const indices = () => ({
  keep: tf.tensor2d(order.map((row) => row.slice(0, 2)), [2, 2], "int32"),
  restore: tf.tensor2d(inverse, [2, 4], "int32"),
});

const cases: readonly DerivativeCase[] = [
  { name: "exp()", f: exp, shape: [5] },
  { name: "sigmoid()", f: sigmoid, shape: [5] },
  { name: "gelu()", f: gelu, shape: [3, 4] },
  { name: "softmax()", f: softmax, shape: [2, 5] },
  { name: "logSoftmax()", f: logSoftmax, shape: [2, 5] },
  {
    name: "crossEntropy()",
    f: (x) => crossEntropy(x, tf.tensor1d([1, 3], "int32")),
    shape: [2, 5],
  },
  {
    name: "layerNorm() in its input",
    f: (x) => layerNorm(x, tf.tensor1d([1, 2, -1, 0.5]), tf.tensor1d([0, 1, 0, 2])),
    shape: [3, 4],
  },
  {
    name: "layerNorm() in its weight, the normalised input depending on it too",
    f: (x) => layerNorm(tf.square(x), tf.reshape(tf.slice(x, [0, 0], [1, 4]), [4]), tf.zeros([4])),
    shape: [2, 4],
  },
  { name: "keepTokens()", f: (x) => tf.square(keepTokens(x, indices())), shape: [2, 4, 3] },
  { name: "placeTokens()", f: (x) => exp(placeTokens(x, indices())), shape: [2, 2, 3] },
  {
    name: "embedding() of a small table",
    f: (x) => exp(embedding(x, tf.tensor2d([[0, 2], [2, 1]], [2, 2], "int32"))),
    shape: [3, 4],
  },
  {
    name: "embedding() of a large table",
    f: (x) => {
      const table = tf.concat([x, tf.zeros([600, 2])], 0);
      return exp(embedding(table, tf.tensor2d([[0, 2], [2, 1]], [2, 2], "int32")));
    },
    shape: [3, 2],
  },
  { name: "attention with one head", f: attention, shape: [1, 3, 4] },
];

function attention(x: Tensor): Tensor {
  const scores = softmax(tf.mul(tf.matMul(x, x, false, true), 0.5));
  return tf.square(tf.matMul(scores, x));
}

for (const test of cases) {
  testOnBackends(`${test.name} has right first and second derivatives`, () => {
    checkDerivatives(test);
  });
}

testOnBackends("keepTokens() and placeTokens() are inverse on kept positions", () => {
  tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 8), [2, 4, 1]);
    const placed = placeTokens(keepTokens(x, indices()), indices());
    assertEquals([...placed.dataSync()], [0, 0, 2, 0, 0, 5, 0, 7]);
  });
});

testOnBackends("oneHot() gives ones at the ids and embedding() the rows of the table", () => {
  tf.tidy(() => {
    const ids = tf.tensor2d([[2, 0], [1, 1]], [2, 2], "int32");
    assertEquals([...oneHot(ids, 3).dataSync()], [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0]);
    const small = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
    const large = tf.concat([small, tf.zeros([600, 2])], 0);
    for (const table of [small, large]) {
      assertEquals([...embedding(table, ids).dataSync()], [5, 6, 1, 2, 3, 4, 3, 4]);
    }
  });
});

testOnBackends("crossEntropy() is the negative logarithm of the softmax at the label", () => {
  tf.tidy(() => {
    const losses = crossEntropy(tf.tensor2d([[1, 2, 3], [0, 0, 0]]), tf.tensor1d([2, 1], "int32"));
    const [first, second] = losses.dataSync();
    assertAlmostEquals(first!, Math.log(1 + Math.exp(-1) + Math.exp(-2)), 1e-6);
    assertAlmostEquals(second!, Math.log(3), 1e-6);
  });
});

testOnBackends("gelu() and softmax() have the values of their definitions", () => {
  tf.tidy(() => {
    assertAlmostEquals(gelu(tf.scalar(1)).dataSync()[0]!, 0.8413447, 1e-6);
    assertAlmostEquals(gelu(tf.scalar(-2)).dataSync()[0]!, -0.0455003, 1e-6);
    const weights = softmax(tf.tensor1d([1000, 1001])).dataSync();
    assertAlmostEquals(weights[1]!, 1 / (1 + Math.exp(-1)), 1e-6);
  });
});

Deno.test("the raw tanh of TF.js still has a wrong second derivative", async () => {
  // Once this fails, the functions of lib/engine/ops are no longer needed.
  const { startEngine } = await import("../../lib/engine/backend/backend.ts");
  await startEngine({ backend: "wasm" });
  let fails = false;
  try {
    checkDerivatives({ name: "tf.tanh", f: (x) => tf.tanh(x), shape: [5] });
  } catch {
    fails = true;
  }
  assertEquals(fails, true);
});
