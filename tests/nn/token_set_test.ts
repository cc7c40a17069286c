import { downloadTree, uploadTree } from "../../lib/engine/tensors.ts";
import { tf } from "../../lib/engine/tf.ts";
import { takeRows, takeTokens, tokenSet } from "../../lib/nn/token_set.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const first = float32([2, 3], [0, 1, 0, 1, 0, 0]);
const second = float32([2, 2], [1, 1, 0, 1]);

Deno.test("tokenSet() gives the rows of every modality and their places among all tokens", () => {
  const set = tokenSet("chosen", [first, second], [2, 3]);
  assertEquals([...set["chosen.0"]!.data], [1, 1]);
  assertEquals([...set["chosen.0.rows"]!.data], [1, 3]);
  assertEquals([...set["chosen.1.rows"]!.data], [0, 1, 3]);
  // A sample is CLS, three tokens, two tokens.
  assertEquals(set["chosen.keep"]!.shape, [1, 5]);
  assertEquals([...set["chosen.keep"]!.data], [2, 7, 4, 5, 11]);
  assertEquals([...set["chosen.restore"]!.data], [5, 5, 0, 5, 2, 3, 5, 1, 5, 5, 5, 4]);
});

Deno.test("tokenSet() fills up with other tokens of weight 0", () => {
  const set = tokenSet("chosen", [first], [4]);
  assertEquals([...set["chosen.0.rows"]!.data], [0, 1, 2, 3]);
  assertEquals([...set["chosen.0"]!.data], [0, 1, 0, 1]);
});

Deno.test("tokenSet() gives every token a row where more are chosen than there are rows", () => {
  const set = tokenSet("chosen", [first, second], [1, 3]);
  assertEquals([...set["chosen.0.rows"]!.data], [0, 1, 2, 3, 4, 5]);
  assertEquals([...set["chosen.0"]!.data], [...first.data]);
  assertEquals([...set["chosen.1.rows"]!.data], [0, 1, 3]);
});

Deno.test("tokenSet() may be empty", () => {
  const set = tokenSet("chosen", [float32([1, 3])], [0]);
  assertEquals(set["chosen.0"]!.shape, [0]);
  assertEquals([...set["chosen.restore"]!.data], [0, 0, 0, 0]);
});

testOnBackends("takeTokens() and takeRows() take the rows that the set names", async () => {
  const inputs = uploadTree({
    ...tokenSet("chosen", [first, second], [2, 3]),
    all: float32([2, 6, 1], Array.from({ length: 12 }, (_, i) => i)),
    own: float32([2, 2], [10, 11, 12, 13]),
  });
  const outputs = tf.tidy(() => ({
    tokens: takeTokens(inputs.all!, inputs, "chosen"),
    rows: takeRows(inputs.own!, inputs, "chosen", 1),
    gradient: tf.grad((x) => tf.sum(tf.square(takeTokens(x, inputs, "chosen"))))(inputs.all!),
  }));
  const host = await downloadTree(outputs);
  tf.dispose([inputs, outputs]);
  assertEquals(host.tokens!.shape, [5, 1]);
  assertEquals([...host.tokens!.data], [2, 7, 4, 5, 11]);
  assertEquals([...host.rows!.data], [10, 11, 13]);
  assertEquals([...host.gradient!.data], [0, 0, 4, 0, 8, 10, 0, 14, 0, 0, 0, 22]);
});
