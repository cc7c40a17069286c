import { extractFeatures } from "../../lib/evaluate/features.ts";
import { readSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import { loadResults } from "../../lib/report/load_results.ts";
import { plotGalleries } from "../../lib/report/figures.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { type InputSpec, patchCount } from "../../lib/spec/input.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals } from "../assert.ts";
import { makeStore } from "../store/sample_stores.ts";
import { testOnBackends } from "../engine/backends.ts";
import { sampleBatch } from "../methods/method_cases.ts";
import { engineInfo, toyRun } from "./sample_run.ts";
import { makeTempDir } from "../temporary.ts";

const inputs: readonly InputSpec[] = [
  { kind: "image", channels: 1, height: 6, width: 6, patch: 2 },
  { kind: "tokens", vocabulary: 7, length: 8 },
];

/** Pictures with texts, of noise. */
function captionStore() {
  return makeStore(async (writer) => {
    writer.declare({
      inputs: [...inputs],
      layout: "rows",
      columns: [{ dtype: "float32" }, { dtype: "int32" }],
      defaults: { batchSize: 4 },
    });
    const { 0: pictures, 1: texts } = sampleBatch(inputs, 8);
    for (let row = 0; row < 8; row++) {
      await writer.append([
        pictures!.data.subarray(36 * row, 36 * (row + 1)),
        texts!.data.subarray(8 * row, 8 * (row + 1)),
      ]);
    }
    writer.list("train", [0, 1, 2, 3]);
    writer.list("test", [4, 5, 6, 7]);
  });
}

for (const method of ["mae", "metamae"]) {
  testOnBackends(`the gallery of ${method} has pictures of every modality`, async (backend) => {
    await using store = await captionStore();
    const out = join(await makeTempDir(), "features");
    const run = await toyRun(method, ...inputs);
    await extractFeatures(run, store, out, { engine: engineInfo(backend), gallery: 3 });
    const { tensors } = await readSafetensors(join(out, "gallery.safetensors"));
    const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
    const image = [3, 9, 4], text = [3, 8];
    assertEquals(shapes, {
      ...{ "0/target": image, "0/mask": [3, 9], "0/before": image, "0/after": image },
      ...{ "1/target": text, "1/mask": text, "1/before": text, "1/after": text },
      ids: [3],
    });
    const ids = await store.split("test").then((split) =>
      split.read(tensors.get("ids")!.data as Uint32Array)
    );
    assertEquals([...tensors.get("1/target")!.data], [...ids.inputs[1]!.data]);

    const { galleries } = await loadResults([out]);
    const [gallery] = galleries;
    assertEquals(gallery!.modalities.map(({ input }) => input), inputs);
    for (const { input, samples } of gallery!.modalities) {
      assertEquals(samples.length, 3);
      for (const { mask } of samples) {
        assertEquals(mask.length, patchCount(input));
        assert(Array.from(mask).includes(1));
      }
    }
    const figures = plotGalleries(galleries);
    assertEquals(figures.map(({ title }) => title.split(", ").at(-1)), ["image", "tokens"]);
    for (const figure of figures) assert(figure.draw(paperTheme).includes("Filled in, after"));
  });
}
