import { readOptions } from "../../../tasks/bench/options.ts";
import { planGroups } from "../../../tasks/bench/contestants.ts";
import { productShapes, pytorchWork, stepFlops, type Work } from "../../../tasks/bench/work.ts";
import { assert, assertEquals } from "../../assert.ts";

function workOf(...args: readonly string[]): Work {
  return planGroups(readOptions(["--levers", ...args], 2)!)[0]!.work;
}

Deno.test("pytorchWork() hands over the setting and the options of the method", () => {
  assertEquals(pytorchWork(workOf("--steps", "4", "--batch-sizes", "16")), {
    preset: "paper",
    batchSize: 16,
    steps: 4,
    warmup: 2,
    threads: 2,
    setting: {
      ...{ kind: "series", channels: 52, length: 320, patch: 5, method: "metamae" },
      ...{ maskRatio: 0.85, contrastWeight: 1, innerLr: 0.5, innerSteps: 1, supportRatio: 0.1 },
      ...{ temperature: 0.5, firstOrder: false, learnInnerLr: false },
    },
  });
  const first = pytorchWork(workOf("--methods", "metamae-first-order")).setting;
  assertEquals((first as { firstOrder: boolean }).firstOrder, true);
  const mae = pytorchWork(workOf("--methods", "mae", "--settings", "genomics")).setting;
  const { method, maskRatio, vocabulary } = mae as Record<string, unknown>;
  assertEquals([method, maskRatio, vocabulary], ["mae", 0.5, 4]);
});

Deno.test("productShapes() has a row for every token that encoder and decoder see", () => {
  assertEquals(productShapes(workOf("--batch-sizes", "64")), [
    [640, 256, 512],
    [4160, 128, 256],
    [1024, 1024, 1024],
  ]);
  const [encoder, decoder] = productShapes(workOf("--settings", "genomics", "--preset", "tiny"));
  assertEquals(encoder, [32 * 126, 64, 128]);
  assertEquals(decoder, [32 * 251, 32, 64]);
});

Deno.test("stepFlops() grows with the batch and with the order of the gradient", () => {
  const second = stepFlops(workOf("--batch-sizes", "64"));
  assertEquals(stepFlops(workOf("--batch-sizes", "128")), 2 * second);
  const first = stepFlops(workOf("--batch-sizes", "64", "--methods", "metamae-first-order"));
  const mae = stepFlops(workOf("--batch-sizes", "64", "--methods", "mae"));
  assert(mae < first && first < second, `${mae} ${first} ${second}`);
});
