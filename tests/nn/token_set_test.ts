import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { takeTargets, takeTokens, tokenSet } from "../../lib/nn/token_set.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const first = float32([2, 3], [0, 1, 0, 1, 0, 0]);
const second = float32([2, 2], [1, 1, 1, 1]);

Deno.test("tokenSet() gives the positions in every modality and in the whole sequence", () => {
  const set = tokenSet([first, second], [1, 2]);
  assertEquals(set.modalities[0]!.weights.shape, [2, 1]);
  assertEquals([...set.modalities[0]!.weights.data], [1, 1]);
  assertEquals([...set.modalities[0]!.keep.data], [1, 0]);
  assertEquals([...set.modalities[1]!.keep.data], [0, 1, 0, 1]);
  // A sample is CLS, three tokens, two tokens.
  assertEquals(set.keep.shape, [2, 3]);
  assertEquals([...set.keep.data], [2, 4, 5, 1, 4, 5]);
  assertEquals(set.restore.shape, [2, 6]);
  assertEquals([...set.restore.data], [3, 3, 0, 3, 1, 2, 3, 0, 3, 3, 1, 2]);
});

Deno.test("tokenSet() fills up with other tokens of weight 0, sample by sample", () => {
  const set = tokenSet([float32([2, 3], [0, 1, 0, 1, 0, 1])], [2]);
  assertEquals([...set.modalities[0]!.keep.data], [0, 1, 0, 2]);
  assertEquals([...set.modalities[0]!.weights.data], [0, 1, 1, 1]);
});

Deno.test("tokenSet() gives every token a row where a sample chooses more than there are rows", () => {
  const set = tokenSet([float32([2, 3], [1, 0, 1, 1, 0, 0]), second], [1, 2]);
  assertEquals([...set.modalities[0]!.keep.data], [0, 1, 2, 0, 1, 2]);
  assertEquals([...set.modalities[0]!.weights.data], [1, 0, 1, 1, 0, 0]);
  assertEquals(set.modalities[1]!.keep.shape, [2, 2]);
});

Deno.test("tokenSet() may be empty", () => {
  const set = tokenSet([float32([1, 3])], [0]);
  assertEquals(set.modalities[0]!.weights.shape, [1, 0]);
  assertEquals([...set.restore.data], [0, 0, 0, 0]);
});

testOnBackends("takeTokens() and takeTargets() take what the set names", async () => {
  const inputs = uploadTree({
    chosen: tokenSet([first, second], [1, 2]),
    all: float32([2, 6, 1], Array.from({ length: 12 }, (_, i) => i)),
    own: float32([2, 3], [10, 11, 12, 13, 14, 15]),
  });
  const outputs = tf.tidy(() => ({
    tokens: takeTokens(inputs.all, inputs.chosen),
    targets: takeTargets(inputs.own, inputs.chosen, 0),
    gradient: tf.grad((x) => tf.sum(tf.square(takeTokens(x, inputs.chosen))))(inputs.all),
  }));
  const host = await downloadTree(outputs);
  disposeTree(inputs, outputs);
  assertEquals(host.tokens.shape, [2, 3, 1]);
  assertEquals([...host.tokens.data], [2, 4, 5, 7, 10, 11]);
  assertEquals([...host.targets.data], [11, 13]);
  assertEquals([...host.gradient.data], [0, 0, 4, 0, 8, 10, 0, 14, 0, 0, 20, 22]);
});
