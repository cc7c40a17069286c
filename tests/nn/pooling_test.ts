import { tf } from "../../lib/engine/backend/tf.ts";
import { topOneAccuracy } from "../../lib/nn/losses.ts";
import { poolPositions, poolTokens, withoutCls } from "../../lib/nn/pooling.ts";
import { assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const latents = [[[9, 0], [1, 2], [3, 4]], [[3, 3], [0, 0], [0, 6]]];

testOnBackends("poolTokens() leaves CLS out, poolPositions() does not", () => {
  const [tokens, positions, rest] = tf.tidy(() => [
    poolTokens(tf.tensor3d(latents)).arraySync(),
    poolPositions(tf.tensor3d([latents[1]!])).arraySync(),
    withoutCls(tf.tensor3d(latents)).arraySync(),
  ]);
  assertEquals(tokens, [[2, 3], [0, 3]]);
  assertEquals(positions, [[1, 3]]);
  assertEquals(rest, latents.map((rows) => rows.slice(1)));
});

testOnBackends("accuracy() counts rows whose largest logit is the label's", () => {
  const [flat, broadcast] = tf.tidy(() => [
    topOneAccuracy(
      tf.tensor2d([[1, 2], [3, 0], [0, 5], [7, 1]]),
      tf.tensor1d([1, 1, 1, 0], "int32"),
    )
      .dataSync()[0],
    topOneAccuracy(tf.tensor3d([[[1, 0], [0, 1]], [[0, 1], [0, 1]]]), tf.tensor1d([0, 1], "int32"))
      .dataSync()[0],
  ]);
  assertEquals([flat, broadcast], [0.75, 0.75]);
});
