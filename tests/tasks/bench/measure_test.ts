import { join } from "../../../lib/util/path.ts";
import { createInventedStore } from "../../../tasks/bench/invented_store.ts";
import { measure } from "../../../tasks/bench/measure.ts";
import { measureProducts } from "../../../tasks/bench/measure_products.ts";
import { settings } from "../../../tasks/bench/settings.ts";
import type { Configuration } from "../../../tasks/bench/work.ts";
import { assert, assertEquals } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";

const [pamap2] = settings;
const work: Configuration = {
  ...{ backend: "cpu", compile: "off", setting: pamap2!, method: "metamae", preset: "tiny" },
  ...{ batchSize: 2, steps: 2, warmup: 1, threads: 1 },
};

Deno.test({
  name: "measure() times steps and leaves nothing behind",
  sanitizeResources: false,
  async fn() {
    const result = await measure(work);
    assertEquals(result.seconds.length, 2);
    assert(result.seconds.every((seconds) => seconds > 0) && Number.isFinite(result.loss));
    assert(result.peakBytes > 1e7);
    const again = await measure({ ...work, method: "mae", steps: 3, warmup: 0 });
    assertEquals(again.seconds.length, 3);
    assertEquals(again.tensors, result.tensors);
  },
});

Deno.test({
  name: "measure() takes the training loop's steps on the batches of a store",
  sanitizeResources: false,
  async fn() {
    const store = join(await makeTempDir(), "store");
    await createInventedStore(store, pamap2!, { bytes: 1, atLeast: 8 });
    const before = await measure({ ...work, steps: 1 });
    const result = await measure({ ...work, store });
    assertEquals(result.seconds.length, 2);
    assertEquals(result.waited!.length, 2);
    assert(result.waited!.every((waited, i) => waited >= 0 && waited < result.seconds[i]!));
    assert(Number.isFinite(result.loss) && result.firstStep > 0);
    assertEquals(result.tensors, before.tensors);
  },
});

Deno.test({
  name: "measureProducts() gives a speed for every shape",
  sanitizeResources: false,
  async fn() {
    const shapes = [[8, 16, 8], [64, 64, 64]] as const;
    const { gigaflops } = await measureProducts({ backend: "cpu", compile: "off", shapes });
    assertEquals(gigaflops.length, 2);
    assert(gigaflops.every((speed) => speed > 1e-4 && speed < 1e4), gigaflops.join());
  },
});
