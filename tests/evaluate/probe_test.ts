import { unpackBits } from "../documents/unpack_bits.ts";
import { auroc } from "./metric_values.ts";
import { extractFeatures, openFeatures } from "../../lib/evaluate/features.ts";
import { runProbe } from "../../lib/evaluate/probe.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import {
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
  unpackFloats,
} from "../../lib/documents/result_record.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { DataError } from "../../lib/util/errors.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { int32, type NdArray } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { engineInfo, toyRun, toyStore } from "./sample_run.ts";
import { makeTempDir } from "../temporary.ts";

type Measured = Extract<ProbeRecord, { metrics: unknown }>;

async function toyFeatures(
  method: string,
  backend: "tensorflow" | "wasm",
  options: Parameters<typeof toyStore>[0] = {},
): Promise<string> {
  await using store = await toyStore(options);
  const out = join(await makeTempDir(), "features");
  await extractFeatures(await toyRun(method), store, out, { engine: engineInfo(backend) });
  return out;
}

/** Writes other labels into a split of a features folder. */
async function relabel(folder: string, split: "train" | "test", labels: NdArray): Promise<void> {
  const path = join(folder, `${split}.safetensors`);
  const { tensors } = await readSafetensors(path);
  await writeSafetensors(path, [...new Map(tensors).set("labels", labels)]);
  const file = join(folder, "features.json");
  const manifest = JSON.parse(await Deno.readTextFile(file));
  manifest.splits[split].file.sha256 = await hashFile(path);
  await Deno.writeTextFile(file, JSON.stringify(manifest));
}

function measured(record: ResultRecord, probe: string, latent: string): Measured {
  const found = record.results.find((entry) => entry.probe === probe && entry.latent === latent);
  assert(found !== undefined && "metrics" in found, `${probe} on ${latent} was not measured`);
  return found;
}

testOnBackends("runProbe() writes a record of all probes on both latents", async (backend) => {
  const features = await toyFeatures("metamae", backend, { train: 90, test: 40 });
  const out = join(await makeTempDir(), "result.json");
  const options = { features, out, probe: "all", epochs: 5, engine: engineInfo(backend) } as const;
  const record = await runProbe(options);
  const written = resultRecord.parse(JSON.parse(await Deno.readTextFile(out)));
  assertEquals(written, JSON.parse(JSON.stringify(record)));
  assertEquals(record.results.map(({ probe, latent }) => `${probe} ${latent}`), [
    ...["linear z", "knn z", "ridge z"],
    ...["linear zstar", "knn zstar", "ridge zstar"],
  ]);
  for (const latent of ["z", "zstar"]) {
    const linear = measured(record, "linear", latent);
    for (const name of ["accuracy", "auroc", "weighted-f1"]) assert(name in linear.metrics, name);
    assertEquals(linear.history!.length, 5);
    assertEquals(linear.history!.at(-1), linear.metrics.accuracy!.value);
    assertEquals(linear.settings.batchSize, 8);
  }
  const ridge = measured(record, "ridge", "z");
  assert(ridge.metrics.accuracy!.value! > 0.8, "the levels of the series are easy to tell");
  const knn = measured(record, "knn", "z");
  assertEquals(knn.settings, { neighbours: 20, temperature: 0.07, distance: "cosine" });
  assertEquals(record.samples, { train: 90, test: 40 });
  assertEquals(record.metric, "accuracy");
  assert(record.losses !== null);
});

testOnBackends(
  "runProbe() packs correctness and replicates that belong to the metric",
  async (backend) => {
    const features = await toyFeatures("scratch", backend, { train: 60, test: 30 });
    const record = await runProbe({ features, probe: "ridge", engine: engineInfo(backend) });
    const { metrics, correct } = measured(record, "ridge", "z");
    const { accuracy } = metrics;
    assert(accuracy !== undefined && accuracy.value !== null);
    const bits = unpackBits(correct!.bits, 30 * correct!.perSample);
    assertAlmostEquals(bits.reduce((sum, bit) => sum + bit, 0) / 30, accuracy.value, 1e-12);
    const replicates = unpackFloats(accuracy.replicates!);
    assertEquals(replicates.length, record.bootstrap.resamples);
    const { low, high } = accuracy.interval;
    assert(low !== null && low <= accuracy.value && accuracy.value <= high);
    assertEquals(replicates.filter((value) => value < low).length <= 25, true);
    const { auroc } = metrics;
    assert(auroc !== undefined && auroc.value !== null && auroc.replicates === undefined);
  },
);

testOnBackends(
  "runProbe() gives the keys of resamples that pair results on the same test split",
  async (backend) => {
    const options = { train: 30, test: 12 };
    const key = async (method: string, sizes = options) => {
      const features = await toyFeatures(method, backend, sizes);
      const record = await runProbe({ features, probe: "ridge", engine: engineInfo(backend) });
      return record.bootstrap.key;
    };
    assertEquals(await key("scratch"), await key("mae"));
    assert(await key("scratch") !== await key("scratch", { train: 30, test: 13 }));
  },
);

testOnBackends(
  "runProbe() skips z* of methods that do not adapt, with the reason",
  async (backend) => {
    const features = await toyFeatures("scratch", backend);
    const record = await runProbe({ features, epochs: 1, engine: engineInfo(backend) });
    const skipped = record.results.find(({ latent }) => latent === "zstar");
    assert(skipped !== undefined && "skipped" in skipped);
    assertEquals(skipped.skipped, 'the method "scratch" has no decoder to adapt latents with');
    measured(record, "linear", "z");
  },
);

testOnBackends(
  "runProbe() is deterministic, and its seed moves only the linear probe",
  async (backend) => {
    const features = await toyFeatures("scratch", backend, { train: 40, test: 20 });
    const run = async (seed: number) => {
      const options = {
        features,
        probe: "all",
        epochs: 3,
        seed,
        engine: engineInfo(backend),
      } as const;
      const record = await runProbe(options);
      return record.results.map((entry) => ({ ...entry, seconds: 0 }));
    };
    const [first, again, other] = [await run(0), await run(0), await run(1)];
    assertEquals(first, again);
    assertEquals(first.slice(1), other.slice(1));
  },
);

testOnBackends("runProbe() brings permuted labels to chance", async (backend) => {
  const features = await toyFeatures("scratch", backend, { train: 300, test: 200 });
  const opened = await openFeatures(features);
  for (const split of ["train", "test"] as const) {
    const { labels } = await opened.read(split, "z");
    // Rows are in random order of labels, so a shift by one is a permutation without a pattern.
    const shifted = int32(labels.shape, [...labels.data.slice(1), labels.data[0]!]);
    await relabel(features, split, shifted);
  }
  const record = await runProbe({
    features,
    probe: "all",
    epochs: 20,
    engine: engineInfo(backend),
  });
  for (const probe of ["linear", "knn", "ridge"]) {
    const { value } = measured(record, probe, "z").metrics.accuracy!;
    assertAlmostEquals(value!, 1 / 3, 0.12, `${probe} reads permuted labels at ${value}`);
  }
});

testOnBackends(
  "runProbe() has null metrics where one class or one sample leaves them undefined",
  async (backend) => {
    const features = await toyFeatures("scratch", backend, { train: 20, test: 5 });
    await relabel(features, "test", int32([5], [1, 1, 1, 1, 1]));
    const record = await runProbe({ features, probe: "knn", engine: engineInfo(backend) });
    const { metrics } = measured(record, "knn", "z");
    assertEquals(metrics.auroc, {
      value: null,
      reason: "no class has both positive and negative samples",
    });
    assert(metrics.accuracy!.value !== null);
    const single = await toyFeatures("scratch", backend, { train: 20, test: 1 });
    const one = await runProbe({ features: single, probe: "ridge", engine: engineInfo(backend) });
    const { accuracy } = measured(one, "ridge", "z").metrics;
    assert(accuracy !== undefined && accuracy.value !== null && accuracy.interval.low === null);
  },
);

testOnBackends(
  "runProbe() probes per-token tasks with and without padding, and skips kNN",
  async (backend) => {
    const task: TaskSpec = { kind: "per-token", classes: 3, metric: "accuracy", ignoreLabel: 2 };
    const features = await toyFeatures("scratch", backend, { task, train: 40, test: 10 });
    const record = await runProbe({
      features,
      probe: "all",
      epochs: 2,
      engine: engineInfo(backend),
    });
    const { metrics, correct } = measured(record, "ridge", "z");
    assertEquals(Object.keys(metrics).sort(), ["accuracy", "accuracy-without-padding"]);
    assertEquals(correct!.perSample, 4);
    const knn = record.results.find(({ probe, latent }) => probe === "knn" && latent === "z");
    assert(knn !== undefined && "skipped" in knn);
  },
);

testOnBackends("runProbe() refuses features without labels and writes nothing", async (backend) => {
  const features = await toyFeatures("scratch", backend, { task: null });
  const out = join(await makeTempDir(), "result.json");
  const engine = engineInfo(backend);
  await assertRejects(() => runProbe({ features, out, engine }), DataError, "they have no labels");
  await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
});

Deno.test("auroc() of a score that runs the other way is the complement", () => {
  const [scores, targets] = [[0.1, 0.7, 0.3, 0.9], [0, 1, 1, 0]];
  const flipped = scores.map((score) => -score);
  assertAlmostEquals(auroc(scores, targets).value! + auroc(flipped, targets).value!, 1, 1e-12);
});

testOnBackends(
  "runProbe() chooses the epoch on the validation split, never on the test split, and says so",
  async (backend) => {
    const sizes = { train: 40, test: 30, validation: 20 };
    const features = await toyFeatures("scratch", backend, sizes);
    const options = { features, probe: "all", epochs: 12, engine: engineInfo(backend) } as const;
    const record = await runProbe(options);
    assert(record.selection.includes("metric on the validation split is the highest"));
    resultRecord.parse(record);
    const linear = measured(record, "linear", "z");
    const values = linear.validation!.map((value) => value!);
    const chosen = values.indexOf(Math.max(...values));
    assertEquals([values.length, linear.settings.chosenEpoch], [12, chosen + 1]);
    assertEquals(linear.metrics.accuracy!.value, linear.history![chosen]);
    assertEquals(measured(record, "knn", "z").validation, undefined);

    const { labels } = await (await openFeatures(features)).read("test", "z");
    const other = int32(labels.shape, labels.data.map((label) => 2 - label));
    await relabel(features, "test", other);
    const relabelled = measured(await runProbe(options), "linear", "z");
    assertEquals(relabelled.settings.chosenEpoch, chosen + 1);
    assertEquals(relabelled.validation, linear.validation);

    const plain = await toyFeatures("scratch", backend, { train: 40, test: 30 });
    const { selection } = await runProbe({ ...options, features: plain, epochs: 1 });
    assert(selection.includes("after the last epoch of the linear probe"));
  },
);
