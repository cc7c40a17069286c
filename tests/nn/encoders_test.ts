import { tf } from "../../lib/engine/backend/tf.ts";
import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import type { Architecture } from "../../lib/nn/architecture.ts";
import { createSequenceEncoder } from "../../lib/nn/create_sequence_encoder.ts";
import { dabsEncoder } from "../../lib/nn/dabs_encoder.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { metamaeEncoder } from "../../lib/nn/metamae_encoder.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { countParameters, initialParameters } from "../../lib/train/parameters.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "../methods/method_cases.ts";

const pamap2: InputSpec = { kind: "series", channels: 52, length: 320, patch: 5 };
const mixed = inputCases["image + text"]!;
const names = (specs: readonly { readonly name: string }[]) => specs.map(({ name }) => name);

Deno.test("dabsEncoder() has the published names, shapes and size", () => {
  const { parameters, dropoutPlaces } = dabsEncoder([pamap2], architectureOf("paper", "dabs"));
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  assertEquals(shapes["model.pos_embedding"], [1, 65, 256]);
  assertEquals(shapes["model.embed_modules.0.embed.1.weight"], [256, 260]);
  assertEquals(shapes["model.transformer.layers.11.0.fn.to_qkv.weight"], [3 * 512, 256]);
  assertEquals(shapes["model.transformer.layers.0.0.fn.to_out.0.weight"], [256, 512]);
  assertEquals(shapes["model.transformer.layers.0.1.fn.net.0.weight"], [512, 256]);
  assertEquals(shapes["model.mlp_head.1.weight"], [128, 256]);
  assert(!names(parameters).some((name) => name.includes("to_qkv.bias")));
  // The specification's 9.56 M leave out the position table and CLS.
  assertEquals(countParameters(parameters).trainable, 9_561_984 + 65 * 256 + 256);
  assertEquals(countParameters(parameters).fixed, 0);
  assertEquals(dropoutPlaces, 37);
});

Deno.test("dabsEncoder() starts maps within 1 / sqrt(inputs) and tables at the standard normal", () => {
  const { parameters } = dabsEncoder(mixed, tinyArchitecture("dabs"));
  const start = Object.fromEntries(parameters.map((spec) => [spec.name, spec.initializer]));
  const normal = { kind: "normal", deviation: 1 };
  for (const table of ["pos_embedding", "cls_token", "embed_modules.1.embed.weight"]) {
    assertEquals(start[`model.${table}`], normal as typeof start[string]);
  }
  const bound = (inputs: number) => ({ kind: "uniform", bound: 1 / Math.sqrt(inputs) } as const);
  assertEquals(start["model.embed_modules.0.embed.1.bias"], bound(8));
  assertEquals(start["model.transformer.layers.0.0.fn.to_qkv.weight"], bound(16));
  assertEquals(start["model.transformer.layers.0.0.fn.to_out.0.bias"], bound(24));
  assertEquals(start["model.transformer.layers.0.1.fn.net.3.weight"], bound(32));
});

Deno.test("dabsEncoder() names the embeddings as the reference nests them", () => {
  const embedding = (input: InputSpec) =>
    names(dabsEncoder([input], tinyArchitecture("dabs")).parameters)
      .filter((name) => name.includes("embed_modules"));
  const [kind, map] = ["model.embed_modules.0.embed", "model.embed_modules.0.embed.1"];
  assertEquals(embedding(inputCases.series![0]!), [`${map}.weight`, `${map}.bias`]);
  assertEquals(embedding(inputCases.image![0]!), [`${map}.weight`, `${map}.bias`]);
  assertEquals(embedding(inputCases.tabular![0]!), [`${kind}.weight`, `${kind}.bias`]);
  assertEquals(embedding(inputCases.tokens![0]!), [`${kind}.weight`]);
});

Deno.test("metamaeEncoder() is the encoder of the masked autoencoder, entry for entry", () => {
  for (const inputs of Object.values(inputCases)) {
    const architecture = tinyArchitecture("metamae");
    const encoder = metamaeEncoder(inputs, architecture).parameters;
    const whole = new Map(
      maskedAutoencoder(inputs, architecture, 0.5).parameters.map((spec) => [spec.name, spec]),
    );
    for (const spec of encoder) assertEquals(whole.get(spec.name), spec);
    const rest = [...whole.keys()].filter((name) => !names(encoder).includes(name));
    assert(rest.every((name) => /decode|mask_token|norm_dec/.test(name)), String(rest));
  }
});

Deno.test("metamaeEncoder() numbers what every modality has of its own, and has a head if asked", () => {
  const architecture = tinyArchitecture("metamae");
  const found = names(metamaeEncoder(mixed, architecture).parameters);
  for (const name of ["pos_embed.0", "pos_embed.1", "patch_embed.1.proj.weight", "cls_token"]) {
    assert(found.includes(name), name);
  }
  assert(!found.some((name) => name.startsWith("mlp_head")));
  const withHead = metamaeEncoder(mixed, architecture, { headWidth: 5 });
  assertEquals(withHead.parameters.at(-2)!.shape, [5, 16]);
  const uneven: Architecture = { ...architecture, encoderHeads: 3 };
  assertThrows(() => metamaeEncoder(mixed, uneven), UsageError, "no multiple of its 3 heads");
});

for (const backbone of ["dabs", "metamae"] as const) {
  testOnBackends(
    `createSequenceEncoder() on ${backbone} concatenates modalities in order`,
    async () => {
      const encoder = createSequenceEncoder(mixed, tinyArchitecture(backbone));
      const weights = uploadTree(initialParameters(encoder.parameters, 0));
      const batch = uploadTree(sampleBatch(mixed, 2));
      const outputs = tf.tidy(() => {
        const inputs = Object.values(batch);
        const blank = inputs.map((x, k) => k === 1 ? tf.zerosLike(x) : x);
        return {
          embedded: encoder.embed(weights, inputs),
          other: encoder.embed(weights, blank),
          table: encoder.tokenTable(weights, 1),
          latents: encoder.encode(weights, inputs),
          twoSteps: encoder.transform(weights, encoder.embed(weights, inputs)),
        };
      });
      const host = await downloadTree(outputs);
      disposeTree(weights, batch, outputs);
      assertEquals(encoder.counts, [9, 8]);
      assertEquals(host.embedded!.shape, [2, 17, 16]);
      assertEquals(host.embedded!.data.slice(0, 9 * 16), host.other!.data.slice(0, 9 * 16));
      assertEquals(host.other!.data.slice(9 * 16, 10 * 16), host.table!.data.slice(0, 16));
      assertEquals(host.latents!.data, host.twoSteps!.data);
    },
  );

  testOnBackends(`createSequenceEncoder() on ${backbone} knows positions`, () => {
    const input: InputSpec = { kind: "tokens", vocabulary: 3, length: 4 };
    const encoder = createSequenceEncoder([input], tinyArchitecture(backbone));
    const weights = uploadTree(initialParameters(encoder.parameters, 0));
    const differs = tf.tidy(() => {
      const same = tf.zeros([1, 4], "int32");
      const rows = encoder.encode(weights, [same]).arraySync() as number[][][];
      return Math.abs(rows[0]![1]![0]! - rows[0]![2]![0]!);
    });
    tf.dispose(weights);
    assert(differs > 1e-3, "equal tokens at two positions have different latents");
  });
}

testOnBackends("head() of an encoder normalises features and projects them", () => {
  const encoder = dabsEncoder(mixed, tinyArchitecture("dabs"), { headWidth: 3 });
  const weights = uploadTree(initialParameters(encoder.parameters, 0));
  const [plain, scaled] = tf.tidy(() => {
    const features = tf.tensor2d(normals(drawKey(0, "features"), 32), [2, 16]);
    const project = (x: tf.Tensor) => encoder.head(weights, x).arraySync() as number[][];
    return [project(features), project(tf.add(tf.mul(features, 7), 2))];
  });
  tf.dispose(weights);
  assertEquals([plain.length, plain[0]!.length], [2, 3]);
  // LayerNorm takes out shift and scale of a row.
  plain.flat().forEach((x, i) => assertAlmostEquals(x, scaled.flat()[i]!, 1e-4));
});
