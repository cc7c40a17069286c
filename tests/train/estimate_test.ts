import { findMethod } from "../../lib/methods/registry.ts";
import { checkMemory, stepCost } from "../../lib/train/estimate.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

/** Cost of a PAMAP2 step at the published size. */
function pamap2(id: string, options: Record<string, unknown>, batchSize: number) {
  const method = findMethod(id);
  const parsed = method.options.parse({ maskRatio: 0.85, ...options });
  const model = method.build(
    [{ kind: "series", channels: 52, length: 320, patch: 5 }],
    architectureOf("paper", "metamae"),
    parsed,
  );
  return stepCost(model, batchSize);
}

Deno.test("stepCost agrees with the counts worked out for PAMAP2, in GFLOP a sample", () => {
  assertAlmostEquals(pamap2("mae", {}, 1).flops / 1e9, 0.65, 0.01);
  assertAlmostEquals(pamap2("metamae", { firstOrder: true }, 1).flops / 1e9, 0.82, 0.01);
  assertAlmostEquals(pamap2("metamae", {}, 1).flops / 1e9, 1.15, 0.01);
});

Deno.test("stepCost is proportional to the batch and grows with the inner steps", () => {
  const { flops } = pamap2("metamae", {}, 8);
  assertAlmostEquals(flops, 8 * pamap2("metamae", {}, 1).flops, 1);
  assert(pamap2("metamae", { innerSteps: 2 }, 8).flops > flops);
});

Deno.test("stepCost estimates the measured memory of the published setting within a factor of two", () => {
  const gigabytes = pamap2("metamae", {}, 256).bytes / 1e9;
  assert(gigabytes > 2.3 && gigabytes < 9, `${gigabytes}`);
});

Deno.test("checkMemory refuses what WebAssembly cannot hold and names a batch size that fits", () => {
  const cost = (batchSize: number) => pamap2("metamae", {}, batchSize);
  const error = assertThrows(() => checkMemory("wasm", 256, cost), MissingError);
  assertEquals(error.exitCode, 7);
  const fitting = Number(/--batch-size (\d+)/.exec(error.hint!)![1]);
  checkMemory("wasm", fitting, cost);
  assertThrows(() => checkMemory("wasm", fitting + 1, cost), MissingError);
  checkMemory("tensorflow", 256, cost);
});
