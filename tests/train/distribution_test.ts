import { type RunConfig, runConfig } from "../../lib/documents/run_config.ts";
import { checkFollowed, checkSharing } from "../../lib/train/distribution.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { fakePretrain } from "./fake_data.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

async function configOf(folder: string): Promise<RunConfig> {
  const run = join(folder, "run");
  await fakePretrain({ out: run, steps: 0, batchSize: 12 });
  const config = await runConfig.read(run);
  return { ...config, engine: { ...config.engine, backend: "auto" } };
}

Deno.test("checkSharing() wants batches that split evenly and a backend that exchanges", () =>
  inTemporaryFolder(async (folder) => {
    const config = await configOf(folder);
    for (const size of [2, 3, 4, 12]) checkSharing(config, { size });
    const uneven = assertThrows(() => checkSharing(config, { size: 5 }), UsageError);
    assertEquals(
      [uneven.message, uneven.hint],
      [
        "Cannot split batches of 12 over 5 workers: a multiple of 5 is wanted",
        "Pass --batch-size 10 or 15",
      ],
    );
    const few = assertThrows(() => checkSharing(config, { size: 24 }), UsageError);
    assertEquals(few.hint, "Pass --batch-size 24");
    const wasm: RunConfig = { ...config, engine: { ...config.engine, backend: "wasm" } };
    assertThrows(() => checkSharing(wasm, { size: 2 }), UsageError, 'the backend "wasm"');
  }));

Deno.test("checkFollowed() lists what a worker was asked to do otherwise", () =>
  inTemporaryFolder(async (folder) => {
    const config = await configOf(folder);
    const received = {
      path: folder,
      saved: config,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    checkFollowed(received, { ...config, engine: { backend: "tensorflow", compile: "off" } });
    const other = { ...config, training: { ...config.training, seed: 8 } };
    assertThrows(
      () => checkFollowed(received, other),
      UsageError,
      "training.seed: 0 in the run, 8 now",
    );
  }));
