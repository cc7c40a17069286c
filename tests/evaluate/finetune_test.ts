import { openStore, type Store } from "../../lib/store/store.ts";
import { extractFeatures } from "../../lib/evaluate/features.ts";
import {
  finetune,
  type FinetuneOptions,
  finetuneResultName,
  selectedStep,
} from "../../lib/evaluate/finetune.ts";
import { resultRecord } from "../../lib/documents/result_record.ts";
import { loadRun } from "../../lib/train/load_run.ts";
import { readMetricsLog } from "../../lib/train/metrics_log.ts";
import { pretrain } from "../../lib/train/pretrain.ts";
import { DataError, UsageError } from "../../lib/util/errors.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inTemporaryFolder, namesIn } from "../train/temporary_folder.ts";
import { tasks } from "./blobs.ts";
import { engineInfo, toyStore, type ToyStoreOptions } from "./sample_run.ts";

type Backend = "tensorflow" | "wasm";

interface Setting {
  readonly backend: Backend;
  readonly folder: string;
  /** A run of two steps on the store. */
  readonly run: string;
  readonly store: Store;
}

const compileOn = (backend: Backend) => backend === "tensorflow" ? "graph" : "off";

/** Runs a test with a pretrained run and a store. */
async function withRun(
  backend: Backend,
  method: string,
  options: ToyStoreOptions,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    await using store = await toyStore(options);
    const run = join(folder, "pretrained");
    const choices = { method, data: store.path, out: run, preset: "tiny", steps: 2 } as const;
    await pretrain({ ...choices, backend, compile: compileOn(backend), tensorboard: false });
    await body({ backend, folder, run, store });
  });
}

function tune({ backend, folder, run, store }: Setting, options: Partial<FinetuneOptions> = {}) {
  const out = join(folder, "tuned");
  const choices = { run, data: store.path, out, epochs: 2, lr: 3e-3 };
  return finetune({ ...choices, backend, compile: compileOn(backend), ...options });
}

/** Digests of the weights, the metrics and the result of a run, times left out. */
async function fingerprint(run: string, step: number): Promise<readonly string[]> {
  const folder = join(run, "checkpoints", `step-${String(step).padStart(8, "0")}`);
  const files = ["model.safetensors", "optimizer.safetensors"].map((name) => join(folder, name));
  const record = JSON.parse(await Deno.readTextFile(join(run, finetuneResultName)));
  for (const result of record.results) delete result.seconds;
  const paths = [...files, join(run, "metrics.jsonl")];
  return [...await Promise.all(paths.map((path) => hashFile(path))), JSON.stringify(record)];
}

testOnBackends(
  "finetune() learns from labels and leaves a run and a record of what it reached",
  (backend) =>
    withRun(backend, "metamae", { train: 60, test: 40 }, async (setting) => {
      const { training, record } = await tune(setting, { epochs: 12 });
      const { folder, run } = setting;
      assertEquals([training.steps, training.stepsTaken], [12 * 7, 12 * 7]);
      const written = JSON.parse(await Deno.readTextFile(join(folder, "tuned/result.json")));
      assertEquals(resultRecord.parse(written), JSON.parse(JSON.stringify(record)));
      const [result] = record.results;
      assert(result !== undefined && "metrics" in result);
      assertEquals([result.probe, result.latent], ["finetune", "z"]);
      assert(result.metrics.accuracy!.value! > 0.9, "the levels of the series are easy to tell");
      assertEquals([result.settings.epochs, result.settings.chosenStep], [12, 84]);
      assertStringIncludes(record.selection, "after the last epoch");
      const source = await loadRun(run);
      assertEquals([record.run.step, record.run.training.steps], [2, 2], "the pretrained run's");
      assertEquals([record.seed, record.run.seed], [source.config.training.seed, 0]);
      assert(!JSON.stringify(record).includes(folder), "a record names no place");
    }),
);

for (const task of Object.values(tasks)) {
  testOnBackends(`finetune() scores a ${task.kind} task`, (backend) => {
    const options = { task, train: 24, test: 12 };
    return withRun(backend, "scratch", options, async (setting) => {
      const { record } = await tune(setting, { epochs: 1 });
      const [result] = record.results;
      assert(result !== undefined && "metrics" in result);
      assert(task.metric in result.metrics, Object.keys(result.metrics).join());
      assertEquals(record.samples, { train: 24, test: 12 });
    });
  });
}

testOnBackends(
  "finetune() ends with the same bits with and without a stop",
  (backend) =>
    withRun(backend, "mae", { train: 24, test: 10, validation: 8 }, async (setting) => {
      const { folder, run, store } = setting;
      const whole = join(folder, "whole"), parts = join(folder, "parts");
      await tune(setting, { out: whole, epochs: 4 });
      await tune(setting, { out: parts, epochs: 1 });
      await tune(setting, { out: parts, epochs: 3, resume: true });
      const last = await finetune({
        ...{ run, data: store.path, out: parts, epochs: 4, resume: true },
        ...{ backend, compile: compileOn(backend) },
      });
      assertEquals(last.training.stepsTaken, 3);
      assertEquals(await fingerprint(parts, 12), await fingerprint(whole, 12));
      // Nothing is left to do, so only the scores are computed again.
      const again = await tune(setting, { out: parts, epochs: 4, resume: true });
      assertEquals(again.training.stepsTaken, 0);
      assertEquals(await fingerprint(parts, 12), await fingerprint(whole, 12));
    }),
);

testOnBackends(
  "finetune() judges by the epoch that is best on the validation split, and keeps its weights",
  (backend) =>
    withRun(backend, "scratch", { train: 40, test: 20, validation: 10 }, async (setting) => {
      const out = join(setting.folder, "tuned");
      // A learning rate at which the metric goes up and down.
      const seen: (number | null)[] = [];
      const options = { run: setting.run, data: setting.store.path, out, epochs: 12, lr: 0.02 };
      const { record } = await finetune({ ...options, backend, compile: compileOn(backend) }, {
        onValidation: (_, metric) => seen.push(metric),
      });
      const logged = (await readMetricsLog(join(out, "metrics.jsonl")))
        .filter(({ validation }) => validation !== undefined);
      assertEquals(logged.map(({ step }) => step), seen.map((_, i) => 5 * (i + 1)));
      assertEquals(logged.map(({ validation }) => validation!), seen);
      const best = Math.max(...logged.map(({ validation }) => validation!));
      const first = logged.find(({ validation }) => validation === best)!;
      assert(first.step < 60, "this test needs a best epoch before the last one");
      assertEquals(await selectedStep(out), { step: first.step, value: best });
      const [result] = record.results;
      assert(result !== undefined && "settings" in result);
      assertEquals(result.settings.chosenStep, first.step);
      assertStringIncludes(record.selection, "validation split is the highest");
      assertEquals((await loadRun(out, { step: first.step })).step, first.step);
      assertEquals((await loadRun(out)).step, 60);
    }),
);

testOnBackends(
  "finetune() leaves a run that can be adapted, trained on and fine-tuned again",
  (backend) =>
    withRun(backend, "metamae", { train: 24, test: 10 }, async (setting) => {
      const { folder, run, store } = setting;
      const tuned = join(folder, "tuned");
      await tune(setting);
      const [before, after] = [await loadRun(run), await loadRun(tuned)];
      const changed = Object.keys(before.parameters).filter((name) =>
        before.parameters[name]!.data.some((value, i) => value !== after.parameters[name]!.data[i])
      );
      assert(changed.includes("encoder.0.attn.qkv.weight"));
      assert(!changed.some((name) => name.startsWith("decoder")), "nothing taught the decoder");
      assertEquals(after.parameters["task_head.weight"]!.shape, [3, 64]);

      const features = join(folder, "features");
      const engine = engineInfo(backend);
      const manifest = await extractFeatures(after, store, features, { engine, gallery: 2 });
      assertEquals(manifest.run.training.labels, "single-label");
      assert(manifest.splits.test!.losses !== null && manifest.gallery);

      const choices = {
        data: store.path,
        backend,
        compile: compileOn(backend),
        tensorboard: false,
      } as const;
      const more = join(folder, "more");
      await pretrain({
        ...choices,
        ...{ out: more, method: "metamae", preset: "tiny", steps: 0, from: tuned },
      });
      const bare = await loadRun(more);
      assert(!("task_head.weight" in bare.parameters));
      assertEquals(
        bare.parameters["encoder.0.attn.qkv.weight"],
        after.parameters["encoder.0.attn.qkv.weight"],
      );

      const again = join(folder, "again");
      await tune(setting, { run: tuned, out: again, epochs: 1, lr: 1e-9 });
      const { "task_head.weight": head } = (await loadRun(again)).parameters;
      assert(head!.data.some((x, i) => x !== after.parameters["task_head.weight"]!.data[i]));
    }),
);

testOnBackends(
  "finetune() refuses stores without labels, runs that differ, and writes nothing then",
  (backend) =>
    withRun(backend, "mae", { train: 24, test: 10 }, async (setting) => {
      const { folder, run, store } = setting;
      await using plain = await toyStore({ task: null });
      const tuned = join(folder, "tuned");
      await assertRejects(() => tune(setting, { data: plain.path }), DataError, "has no labels");
      await assertRejects(() => tune(setting, { epochs: 0 }), UsageError, "epochs is 0");
      const big = { batchSize: 25 };
      await assertRejects(() => tune(setting, big), UsageError, "has 24 samples");
      assertEquals((await namesIn(folder)).filter((name) => !name.endsWith(".lock")), [
        "pretrained",
      ]);

      await tune(setting, { epochs: 1 });
      await assertRejects(() => tune(setting), UsageError, "it holds a run already");
      await assertRejects(
        () => tune(setting, { resume: true, lr: 0.5 }),
        UsageError,
        "training.learningRate: 0.003 in the run, 0.5 now",
      );
      const choices = {
        data: store.path,
        backend,
        compile: compileOn(backend),
        resume: true,
      } as const;
      await assertRejects(
        () => pretrain({ ...choices, out: tuned, method: "mae" }),
        UsageError,
        "task.kind",
      );
      await assertRejects(
        () => tune(setting, { out: run, resume: true }),
        UsageError,
        "Cannot resume",
      );
    }),
);

testOnBackends(
  "finetune() brings permuted labels to chance",
  (backend) =>
    withRun(backend, "scratch", { train: 120, test: 90 }, async (setting) => {
      // Another store of the same rows, whose labels are those of the next ones.
      await using shifted = await openStore(await shiftedLabels(setting.store));
      const { record } = await tune(setting, { data: shifted.path, epochs: 3 });
      const [result] = record.results;
      assert(result !== undefined && "metrics" in result);
      const { value } = result.metrics.accuracy!;
      assert(Math.abs(value! - 1 / 3) < 0.15, `${value}`);
    }),
);

/** Copies a store with the labels of its rows moved on by one. */
async function shiftedLabels(store: Store): Promise<string> {
  const { createStore } = await import("../../lib/store/create_store.ts");
  const { newStorePath, sampleOptions } = await import("../store/sample_stores.ts");
  const path = await newStorePath();
  const [train, test] = [await store.split("train"), await store.split("test")];
  const rows = train.count + test.count;
  const { inputs, labels } = await train.read(Array.from({ length: rows }, (_, i) => i));
  await createStore(path, sampleOptions, async (writer) => {
    const { manifest } = store;
    writer.declare({
      inputs: manifest.inputs,
      task: manifest.task!,
      layout: "rows",
      columns: [{ dtype: "float32" }],
      defaults: manifest.defaults,
    });
    for (let row = 0; row < rows; row++) {
      const values = inputs[0]!.data.subarray(row * 24, row * 24 + 24);
      await writer.append([values], labels!.data[(row + 1) % rows]!);
    }
    writer.list("train", Array.from({ length: train.count }, (_, i) => i));
    writer.list("test", Array.from({ length: test.count }, (_, i) => train.count + i));
  });
  return path;
}
