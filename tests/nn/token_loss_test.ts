import { tf } from "../../lib/engine/backend/tf.ts";
import { meanOver, sampleMeans } from "../../lib/nn/losses.ts";
import { assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

testOnBackends(
  "meanOver() takes one quotient over the batch, then the mean over modalities",
  () => {
    const mean = tf.tidy(() => {
      const losses = [tf.tensor2d([[1, 2, 3], [4, 5, 6]]), tf.tensor2d([[10], [20]])];
      const tokens = [
        { weights: tf.tensor2d([[1, 0, 0], [1, 1, 1]]) },
        { weights: tf.tensor2d([[0], [1]]) },
      ];
      return meanOver(losses, tokens).dataSync()[0];
    });
    assertEquals(mean, ((1 + 4 + 5 + 6) / 4 + 20) / 2);
  },
);

testOnBackends("meanOver() takes 0 for a modality without a chosen token", () => {
  const mean = tf.tidy(() => {
    const losses = [tf.tensor2d([[1, 3]]), tf.tensor2d([[7]])];
    const tokens = [{ weights: tf.ones([1, 2]) }, { weights: tf.zeros([1, 1]) }];
    return meanOver(losses, tokens).dataSync()[0];
  });
  assertEquals(mean, 1);
});

testOnBackends("sampleMeans() averages the tokens of every sample, then the modalities", () => {
  const means = tf.tidy(
    () => [...sampleMeans([tf.tensor2d([[1, 3], [5, 7]]), tf.tensor2d([[4], [0]])]).dataSync()],
  );
  assertEquals(means, [3, 3]);
});
