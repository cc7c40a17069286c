import { tf } from "../../lib/engine/backend/tf.ts";
import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { adaptLatents } from "../../lib/nn/test_time_adaptation.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "../methods/method_cases.ts";

const inputs = inputCases.series!;
const autoencoder = maskedAutoencoder(inputs, tinyArchitecture("metamae"), 0.5);
const values = initialParameters(autoencoder.parameters, 0);

/** Adapted latents of some samples of one batch. */
async function adapted(samples: number, innerSteps: number, innerLr: number, first = 0) {
  const [weights, batch] = [uploadTree(values), uploadTree(sampleBatch(inputs, 4))];
  const outputs = tf.tidy(() => {
    const part = Object.values(batch).map((x) => tf.slice(x, first, samples));
    return { ...adaptLatents(autoencoder, weights, part, { innerSteps, innerLr }) };
  });
  const host = await downloadTree(outputs);
  disposeTree(weights, batch, outputs);
  return host;
}

testOnBackends("adaptLatents() leaves latents as they are without a step", async () => {
  const { z, zStar, before, after } = await adapted(4, 0, 0.5);
  assertEquals(zStar!.data, z!.data);
  assertEquals(after!.data, before!.data);
});

testOnBackends("adaptLatents() adapts every sample on its own", async () => {
  const together = await adapted(4, 2, 0.3);
  const alone = await adapted(1, 2, 0.3, 2);
  const size = alone.zStar!.data.length;
  alone.zStar!.data.forEach((value, i) =>
    assertAlmostEquals(value, together.zStar!.data[2 * size + i]!, 1e-5)
  );
  assertAlmostEquals(alone.after!.data[0]!, together.after!.data[2]!, 1e-5);
});

testOnBackends(
  "adaptLatents() moves along the gradient of the reconstruction, step by step",
  async () => {
    const rate = 0.02;
    const { z, zStar, before } = await adapted(1, 1, rate);
    const moves = Array.from(z!.data, (value, i) => value - zStar!.data[i]!);
    const square = moves.reduce((sum, move) => sum + move ** 2, 0);
    // To first order a step of rate * gradient lowers the loss by rate * |gradient|^2.
    const after = (await adapted(1, 1, rate)).after!.data[0]!;
    assert(after < before!.data[0]!);
    assertAlmostEquals(before!.data[0]! - after, square / rate, 0.05 * square / rate);
    const twice = await adapted(1, 2, rate);
    assert(twice.after!.data[0]! < after, "a second step lowers it further");
  },
);

testOnBackends(
  "maskedAutoencoder() decodes full latents as those of a mask that hides nothing",
  () => {
    const [weights, batch] = [uploadTree(values), uploadTree(sampleBatch(inputs, 2))];
    const [full, predicted] = tf.tidy(() => {
      const x = Object.values(batch);
      const latents = autoencoder.encode(weights, x);
      return [latents.shape, autoencoder.decode(weights, latents)[0]!.shape];
    });
    disposeTree(weights, batch);
    assertEquals(full, [2, 9, 16]);
    assertEquals(predicted, [2, 8, 6]);
  },
);

Deno.test("maskedAutoencoder() refuses ratios that keep or hide nothing, and odd sizes", () => {
  const build = (ratio: number, change = {}) => () =>
    maskedAutoencoder(inputs, { ...tinyArchitecture("metamae"), ...change }, ratio);
  assertThrows(build(0.95), UsageError, "0 tokens would be kept, between 1 and 7 are wanted");
  assertThrows(build(0), UsageError, "8 tokens would be kept");
  assertThrows(build(0.5, { decoderHeads: 3 }), UsageError, "Cannot build the decoder");
});

Deno.test("maskedAutoencoder() runs without decoder layers", () => {
  const shallow = { ...tinyArchitecture("metamae"), decoderLayers: 0 };
  const { parameters } = maskedAutoencoder(inputs, shallow, 0.5);
  assert(!parameters.some(({ name }) => /^decoder\.\d/.test(name)));
  assert(parameters.some(({ name }) => name === "decoder_head.weight"));
});
