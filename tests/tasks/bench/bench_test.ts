import { main, table } from "../../../tasks/bench.ts";
import { measure } from "../../../tasks/bench/measure.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";

Deno.test({
  name: "measure() times steps and leaves only the state behind",
  sanitizeResources: false,
  async fn() {
    const work = { backend: "cpu", compile: "off", preset: "tiny", batchSize: 2 } as const;
    const result = await measure({
      ...work,
      method: "metamae",
      firstOrder: false,
      steps: 2,
      warmup: 1,
    });
    assertEquals(result.seconds.length, 2);
    assert(result.seconds.every((seconds) => seconds > 0) && Number.isFinite(result.loss));
    assert(result.flops > 1e6 && result.peakBytes > 1e7);
    const first = await measure({ ...work, method: "mae", firstOrder: false, steps: 1, warmup: 0 });
    const second = await measure({
      ...work,
      method: "mae",
      firstOrder: false,
      steps: 4,
      warmup: 0,
    });
    // Each call leaves its own state of the same size, whatever the number of steps.
    assertEquals(second.tensors - first.tensors, first.tensors - result.tensors);
  },
});

Deno.test("table() shows the median, rates and problems", () => {
  const result = {
    seconds: [3, 1, 2],
    firstStep: 9.5,
    flops: 4e9,
    peakBytes: 3 * 2 ** 20,
    tensors: 9,
    operations: 100,
    loss: 1,
  };
  const text = table([
    { engine: "tensorflow-xla", method: "mae", batchSize: 64, result, problem: undefined },
    { engine: "wasm", method: "mae", batchSize: 256, result: undefined, problem: "does not fit" },
  ], "paper");
  assert(/tensorflow-xla +mae +64 +2\.000 +32\.0 +2 +9\.5 s +3 +9/.test(text), text);
  assertStringIncludes(text, "does not fit");
});

Deno.test("main() refuses unknown engines, methods and sizes", async () => {
  await assertRejects(() => main(["--engines", "abacus"]), UsageError, "tensorflow-xla");
  await assertRejects(() => main(["--batch-sizes", "0"]), UsageError, "--batch-sizes");
  await assertRejects(() => main(["--methods", "luck"]), UsageError, "metamae");
});
