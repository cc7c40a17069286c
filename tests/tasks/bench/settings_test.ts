import { eurosat } from "../../../lib/datasets/eurosat.ts";
import { genomics } from "../../../lib/datasets/genomics.ts";
import { pamap2 } from "../../../lib/datasets/pamap2.ts";
import { patchCount } from "../../../lib/spec/input.ts";
import { settings } from "../../../tasks/bench/settings.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("settings have the inputs and batches of their data sets", () => {
  for (const dataset of [pamap2, genomics, eurosat]) {
    const setting = settings.find(({ id }) => id === dataset.id)!;
    const shape = dataset.variants[0]!.shape!;
    assertEquals([setting.input], [...shape.inputs]);
    assert(setting.batchSizes.includes(shape.defaults.batchSize), dataset.id);
  }
});

Deno.test("settings keep as many patches as the published steps", () => {
  const kept = settings.map(({ input, maskRatio }) =>
    Math.trunc(patchCount(input) * (1 - maskRatio))
  );
  assertEquals(settings.map(({ input }) => patchCount(input)), [64, 250, 64]);
  assertEquals(kept, [9, 125, 9]);
});

Deno.test("settings know the published time of MetaMAE at each of their batch sizes", () => {
  for (const { id, batchSizes, published } of settings) {
    for (const size of batchSizes) assert(published.metamae![size]! > 0.1, `${id}, ${size}`);
  }
});
