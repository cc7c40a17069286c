import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { type TokenSet, tokenSet } from "../../lib/nn/token_set.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "../methods/method_cases.ts";

const key = { seed: 0, step: 0, firstSample: 0, samples: 4 };
const architecture = { ...tinyArchitecture("metamae"), decoderLayers: 2 };

testOnBackends("lossesOf() equals the losses of all tokens at the rows of the set", async () => {
  for (const [kind, given] of Object.entries(inputCases)) {
    const autoencoder = maskedAutoencoder(given, architecture, 0.5);
    const { masks, masked } = autoencoder.drawMasks(key);
    const seen = masks.map(({ mask: { shape, data } }) =>
      float32(shape, data.map((masked) => 1 - masked))
    );
    // One row more than tokens are seen: the one that fills up is a masked token.
    const rows = autoencoder.kept.map((kept) => kept + 1);
    const draws = { masks, sets: { masked, seen: tokenSet(seen, rows) } };
    const [weights, batch, drawn] = [
      uploadTree(initialParameters(autoencoder.parameters, 0)),
      uploadTree(sampleBatch(given, 4)),
      uploadTree(draws),
    ];
    const outputs = tf.tidy(() => {
      const { masks, sets } = drawn;
      const latents = autoencoder.encodeVisible(weights, batch, masks);
      const predictions = autoencoder.decode(weights, latents, masks);
      const of = (set: TokenSet) => autoencoder.lossesOf(set, weights, latents, batch, masks);
      return {
        all: autoencoder.tokenLosses(predictions, autoencoder.targets(batch)),
        masked: of(sets.masked),
        seen: of(sets.seen),
      };
    });
    const host = await downloadTree(outputs);
    disposeTree(weights, batch, drawn, outputs);
    for (const set of ["masked", "seen"] as const) {
      given.forEach((_, k) => {
        const { shape, data } = draws.sets[set].modalities[k]!.keep;
        const [, count] = shape as [number, number];
        const losses = host[set][k]!;
        const [, length] = host.all[k]!.shape as [number, number];
        assertEquals(losses.shape, shape);
        losses.data.forEach((loss, i) => {
          const wanted = host.all[k]!.data[Math.floor(i / count) * length + data[i]!]!;
          assert(loss > 0);
          assertAlmostEquals(loss, wanted, 1e-5 * wanted, `${kind}, ${set}`);
        });
      });
    }
  }
});

testOnBackends("decode() of a masking that hides nothing equals that without one", async () => {
  const given = inputCases.tabular!;
  const autoencoder = maskedAutoencoder(given, architecture, 0.5);
  const order = int32([4, 9], Array.from({ length: 36 }, (_, i) => i % 9));
  const everything = uploadTree([{ keep: order, restore: order, mask: float32([4, 9]) }]);
  const [weights, batch] = [
    uploadTree(initialParameters(autoencoder.parameters, 0)),
    uploadTree(sampleBatch(given, 4)),
  ];
  const outputs = tf.tidy(() => {
    const latents = autoencoder.encode(weights, batch);
    return {
      plain: autoencoder.decode(weights, latents)[0]!,
      spread: autoencoder.decode(weights, latents, everything)[0]!,
    };
  });
  const host = await downloadTree(outputs);
  disposeTree(weights, batch, everything, outputs);
  host.plain.data.forEach((value, i) => assertAlmostEquals(host.spread.data[i]!, value, 1e-5));
});
