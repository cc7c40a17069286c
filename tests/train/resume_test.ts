import { findMethod } from "../../lib/methods/registry.ts";
import type { PretrainOptions } from "../../lib/train/prepare_run.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals } from "../assert.ts";
import { tensorflowAvailable } from "../engine_available.ts";
import { fakePretrain } from "./fake_data.ts";

/** Digests of what a run of five steps leaves, with a stop after every step of `stops`. */
async function trained(
  stops: readonly number[],
  options: Partial<PretrainOptions>,
): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const run = join(folder, "run");
  try {
    for (const steps of [...stops, 5]) {
      await fakePretrain({ ...options, out: run, steps, resume: true }, { findMethod });
    }
    const files = ["model.safetensors", "optimizer.safetensors", "state.json"]
      .map((name) => join(run, "checkpoints", "step-00000005", name));
    return await Promise.all([...files, join(run, "metrics.jsonl")].map((path) => hashFile(path)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const method of ["mae", "metamae"]) {
  Deno.test(`pretrain with ${method} on wasm gives the same bits with and without a stop`, async () => {
    const options = { method, backend: "wasm", preset: "tiny", healthEvery: 2 } as const;
    assertEquals(await trained([2, 3], options), await trained([], options));
  });
}

for (const compile of ["off", "graph", "xla"] as const) {
  Deno.test({
    name: `pretrain on tensorflow (${compile}) gives the same bits with and without a stop`,
    ignore: !tensorflowAvailable,
    fn: async () => {
      const options = {
        method: "metamae",
        backend: "tensorflow",
        compile,
        preset: "tiny",
        healthEvery: 2,
      } as const;
      assertEquals(await trained([2], options), await trained([], options));
    },
  });
}
