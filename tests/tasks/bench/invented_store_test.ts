import { openTrainData } from "../../../lib/train/train_data.ts";
import { join } from "../../../lib/util/path.ts";
import { createInventedStore } from "../../../tasks/bench/invented_store.ts";
import { settings } from "../../../tasks/bench/settings.ts";
import { assert, assertEquals } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";

for (const setting of settings) {
  Deno.test(`createInventedStore() writes batches of ${setting.id}`, async () => {
    const folder = join(await makeTempDir(), setting.id);
    const samples = await createInventedStore(folder, setting, { bytes: 1, atLeast: 70 });
    assert(samples >= 70);
    await using data = await openTrainData(folder);
    assertEquals(data.inputs, [setting.input]);
    assertEquals(data.samples, samples);
    const { inputs } = await data.batch({ seed: 0, step: 0, batchSize: 70 });
    const [{ shape, data: values }] = inputs as [typeof inputs[number]];
    assertEquals(shape[0], 70);
    assert(new Set(values.subarray(0, 500)).size > 3, "all values are alike");
  });
}

Deno.test("createInventedStore() reaches the size that is asked for", async () => {
  const folder = join(await makeTempDir(), "store");
  const genomics = settings.find(({ id }) => id === "genomics")!;
  const bytes = 2 ** 20;
  const samples = await createInventedStore(folder, genomics, { bytes, atLeast: 1 });
  assert(samples * 250 >= bytes && samples * 250 < 1.1 * bytes, `${samples} samples`);
});
