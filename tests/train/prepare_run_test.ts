import type { Method } from "../../lib/methods/method.ts";
import { resolveRunConfig, type RunChoices } from "../../lib/train/prepare_run.ts";
import { configDifferences } from "../../lib/train/run_folder.ts";
import { runConfig } from "../../lib/documents/run_config.ts";
import { DataError, MissingError, UsageError } from "../../lib/util/errors.ts";
import { prettyJson } from "../../lib/util/json.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { fakeData } from "./fake_data.ts";
import { fakeMethod } from "./fake_method.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

const method = fakeMethod as unknown as Method;
const resolve = (choices: RunChoices = {}, saved?: ReturnType<typeof resolveRunConfig>) =>
  resolveRunConfig(choices, method, fakeData(), saved);

Deno.test("resolveRunConfig takes the published defaults and the store's batch size", () => {
  const { training, preset, architecture, methodOptions, logging } = resolve();
  assertEquals(training, {
    steps: 100_000,
    batchSize: 4,
    learningRate: 1e-4,
    weightDecay: 1e-4,
    schedule: { kind: "constant" },
    seed: 0,
  });
  assertEquals([preset, architecture.encoderWidth], ["paper", 256]);
  assertEquals(methodOptions, { width: 3, noise: 0.1 });
  assertEquals([logging.logEvery, logging.checkpointEvery], [1, 10_000]);
});

Deno.test("resolveRunConfig lets choices beat the resumed run and the run beat the defaults", () => {
  const saved = resolve({
    preset: "small",
    decoderLayers: 0,
    seed: 4,
    lr: 0.5,
    keepBest: "loss",
    methodOptions: { width: 7 },
    origins: { seed: "flag" },
  });
  const resumed = resolve({ lr: 0.25, methodOptions: { width: undefined, noise: 0 } }, saved);
  assertEquals(resumed.architecture, saved.architecture);
  assertEquals(resumed.architecture.decoderLayers, 0);
  assertEquals([resumed.training.seed, resumed.training.learningRate], [4, 0.25]);
  assertEquals(resumed.methodOptions, { width: 7, noise: 0 });
  assertEquals(resumed.logging.keepBest, "loss");
  assertEquals(resumed.origins, { seed: "flag" });
  assertEquals(configDifferences(saved, resumed), [
    "methodOptions.noise: 0.1 in the run, 0 now",
    "training.learningRate: 0.5 in the run, 0.25 now",
  ]);
});

Deno.test("configDifferences leaves out what does not change the numbers", () => {
  const before = resolve();
  const after = resolve({ steps: 5, checkpointEvery: 7, backend: "cpu", keepLast: 1 });
  assertEquals(configDifferences(before, after), []);
});

Deno.test("resolveRunConfig refuses inputs, backbones and values that do not fit", () => {
  const series = { ...method, kinds: ["series"] } as Method;
  assertThrows(
    () => resolveRunConfig({}, series, fakeData()),
    UsageError,
    'the input is of kind "tabular"',
  );
  const two = { ...fakeData(), inputs: [...fakeData().inputs, ...fakeData().inputs] };
  assertThrows(() => resolveRunConfig({}, method, two), UsageError, "the store has 2 modalities");
  assertThrows(() => resolve({ backbone: "dabs" }), UsageError, "it runs on metamae");
  assertThrows(() => resolve({ seed: 0.5 }), UsageError, "training.seed");
  assertThrows(() => resolve({ steps: NaN }), UsageError, "training.steps");
  assertThrows(() => resolve({ methodOptions: { noise: -1 } }), UsageError, '"noise"');
});

Deno.test("readRunConfig reads what was written and refuses newer or damaged files", () =>
  inTemporaryFolder(async (folder) => {
    await assertRejects(() => runConfig.read(folder), MissingError);
    const config = resolve({ schedule: { kind: "cosine", warmup: 3, final: 0.1 }, from: "/other" });
    const write = (value: unknown) =>
      Deno.writeTextFile(join(folder, runConfig.file), prettyJson(value));
    await write(config);
    assertEquals(await runConfig.read(folder), config);
    await write({ ...config, version: 2 });
    await assertRejects(() => runConfig.read(folder), DataError, "its format version is 2");
    await write({ ...config, training: {} });
    await assertRejects(() => runConfig.read(folder), DataError, '"training.steps"');
  }));
