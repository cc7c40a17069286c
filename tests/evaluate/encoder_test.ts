import { createEncoder } from "../../lib/evaluate/encoder.ts";
import { digestSources, type FeatureRun, summarizeRun } from "../../lib/evaluate/feature_run.ts";
import { writeGallery } from "../../lib/evaluate/gallery.ts";
import { readSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import { galleryManifest } from "../../lib/documents/features_manifest.ts";
import { type InputSpec, sampleShape } from "../../lib/spec/input.ts";
import { elementCount, float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import { drawKey, integer, normals } from "../../lib/util/random.ts";
import { assert, assertEquals } from "../assert.ts";
import { makeStore } from "../store/sample_stores.ts";
import { testOnBackends } from "../engine/backends.ts";
import { toyRun, toyStore } from "./sample_run.ts";
import { makeTempDir } from "../temporary.ts";

const inputs: Readonly<Record<string, InputSpec>> = {
  series: { kind: "series", channels: 3, length: 8, patch: 2 },
  tabular: { kind: "tabular", features: 6 },
  image: { kind: "image", channels: 2, height: 4, width: 4, patch: 2 },
  tokens: { kind: "tokens", vocabulary: 5, length: 7 },
};

function sampleBatch(input: InputSpec, samples: number): NdArray<"float32" | "int32"> {
  const shape = [samples, ...sampleShape(input)];
  const count = elementCount(shape);
  if (input.kind !== "tokens") return float32(shape, normals(drawKey(0, "x"), count));
  const ids = Array.from(
    { length: count },
    (_, i) => integer(drawKey(0, "ids"), i, input.vocabulary),
  );
  return int32(shape, ids);
}

for (const [kind, input] of Object.entries(inputs)) {
  testOnBackends(
    `createEncoder() adapts the latents of ${kind} input so that its loss falls`,
    async () => {
      const run = await toyRun("metamae", input);
      const encoder = createEncoder(run, {
        adaptation: { innerSteps: 2, innerLr: 0.05 },
        perToken: false,
      });
      const { z, zstar, before, after } = await encoder.encode([sampleBatch(input, 4)]);
      encoder.dispose();
      assertEquals([z.shape, zstar!.shape, before!.shape], [[4, 16], [4, 16], [4]]);
      assert(z.data.some((value, i) => value !== zstar!.data[i]));
      before!.data.forEach((loss, i) => assert(after!.data[i]! < loss, `sample ${i} did not gain`));
    },
  );
}

testOnBackends(
  "createEncoder() without steps gives z as it stands among adapted ones",
  async () => {
    const run = await toyRun("mae");
    const batch = [sampleBatch(run.model.inputs[0]!, 3)];
    const plain = createEncoder(run, { adaptation: null, perToken: false });
    const adapting = createEncoder(run, {
      adaptation: { innerSteps: 0, innerLr: 1 },
      perToken: false,
    });
    const [alone, both] = [await plain.encode(batch), await adapting.encode(batch)];
    plain.dispose();
    adapting.dispose();
    assertEquals(alone.zstar, undefined);
    assertEquals(alone.z.data, both.z.data);
    assertEquals(both.zstar!.data, both.z.data, "no step, no change");
  },
);

testOnBackends("writeGallery() keeps ids of tokens instead of their scores", async () => {
  const input = inputs.tokens!;
  const run = await toyRun("metamae", input);
  await using store = await makeStore(async (writer) => {
    writer.declare({
      inputs: [input],
      layout: "rows",
      columns: [{ dtype: "uint8" }],
      defaults: { batchSize: 2 },
    });
    for (let row = 0; row < 6; row++) {
      await writer.append([Uint8Array.from({ length: 7 }, (_, i) => (row + i) % 5)]);
    }
    writer.list("train", [0, 1, 2]);
    writer.list("test", [3, 4, 5]);
  });
  const folder = await makeTempDir();
  assert(await writeGallery(folder, run, store, { samples: 9 }));
  const { tensors } = await readSafetensors(join(folder, "gallery.safetensors"));
  assertEquals(
    tensors.get("0/target")!.data,
    int32([21], [3, 4, 5].flatMap((row) => Array.from({ length: 7 }, (_, i) => (row + i) % 5)))
      .data,
  );
  for (const name of ["0/before", "0/after"]) {
    const { shape, dtype, data } = tensors.get(name)!;
    assertEquals([shape, dtype], [[3, 7], "int32"]);
    assert((data as Int32Array).every((id) => id >= 0 && id < 5));
  }
  const text = await Deno.readTextFile(join(folder, "gallery.json"));
  const manifest = galleryManifest.parse(JSON.parse(text));
  assertEquals(manifest.samples, 3, "there are no more test samples");
  assertEquals(manifest.labels, undefined);
  assertEquals(manifest.modalities, [{ input, adapted: true }]);
});

testOnBackends("writeGallery() writes none without samples or a decoder", async () => {
  await using store = await toyStore();
  const folder = await makeTempDir();
  assert(!(await writeGallery(folder, await toyRun("mae"), store, { samples: 0 })));
  assert(!(await writeGallery(folder, await toyRun("scratch"), store, { samples: 4 })));
  assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
});

Deno.test("digestSources() follows the settings, not the place of the data", async () => {
  const run = await toyRun("mae");
  const checkpoint = await makeTempDir();
  await Deno.writeTextFile(join(checkpoint, "state.json"), "{}");
  const configDigest = async (run: FeatureRun) =>
    (await digestSources({ ...run, checkpoint }, { digest: "" })).config;
  const digest = await configDigest(run);
  assertEquals(digest, await configDigest(await toyRun("mae")));
  const moved = { ...run.config.data, folder: "/elsewhere" };
  assertEquals(digest, await configDigest({ ...run, config: { ...run.config, data: moved } }));
  const otherData = { ...run.config.data, sha256: "1".repeat(64) };
  assert(
    digest !== await configDigest({ ...run, config: { ...run.config, data: otherData } }),
  );
  const otherSeed = { ...run.config.training, seed: 4 };
  assert(
    digest !== await configDigest({ ...run, config: { ...run.config, training: otherSeed } }),
  );
});

Deno.test("summarizeRun() keeps the seed apart from the settings of the training", async () => {
  const { seed, training, step, method, pretrain } = summarizeRun(await toyRun("mae"));
  assertEquals([seed, step, method], [3, 5, "mae"]);
  assertEquals(training, { steps: 5, batchSize: 8 });
  assertEquals(pretrain, { dataset: "toy", variant: "plain", split: "train" });
});
