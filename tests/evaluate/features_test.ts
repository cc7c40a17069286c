import { resolveAdaptation } from "../../lib/evaluate/encoder.ts";
import {
  extractFeatures,
  type ExtractFeaturesOptions,
  openFeatures,
} from "../../lib/evaluate/features.ts";
import { readSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import {
  DataError,
  MissingError,
  NumericError,
  StorageError,
  UsageError,
} from "../../lib/util/errors.ts";
import { float32, type NdArray } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { failingFileSystem } from "../faults/failing_file_system.ts";
import { testOnBackends } from "../engine/backends.ts";
import { engineInfo, toyRun, toyStore, toyTask } from "./sample_run.ts";
import { makeTempDir } from "../temporary.ts";

type Backend = "tensorflow" | "wasm";

/** Extracts features of the toy store into a new folder. */
async function extract(
  method: string,
  backend: Backend,
  options: Partial<ExtractFeaturesOptions> = {},
) {
  const [run, folder] = [await toyRun(method), await makeTempDir()];
  await using store = await toyStore();
  const out = join(folder, "features");
  const engine = engineInfo(backend);
  const manifest = await extractFeatures(run, store, out, { engine, batchSize: 8, ...options });
  return { manifest, out, folder, run };
}

const numbers = (array: NdArray | undefined) => Array.from(array!.data as Float32Array);

testOnBackends(
  "extractFeatures() writes z, z*, labels, ids and losses of every sample",
  async (backend) => {
    const { manifest, out } = await extract("metamae", backend);
    assertEquals(await namesIn(out), ["features.json", "test.safetensors", "train.safetensors"]);
    const { tensors } = await readSafetensors(join(out, "train.safetensors"));
    const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
    assertEquals(shapes, {
      ids: [23],
      labels: [23],
      z: [23, 16],
      zstar: [23, 16],
      loss_before: [23],
      loss_after: [23],
    });
    assertEquals(numbers(tensors.get("ids")).slice(0, 3), [22, 21, 20], "in the split's order");
    assert(numbers(tensors.get("z")).every(Number.isFinite));
    const { train, test } = manifest.splits;
    assertEquals([train?.samples, test?.samples, manifest.width], [23, 10, 16]);
    const before = numbers(tensors.get("loss_before"));
    const mean = before.reduce((sum, loss) => sum + loss, 0) / 23;
    assertAlmostEquals(train!.losses!.before, mean, 1e-6);
    assertEquals(manifest.run.seed, 3);
    assertEquals(manifest.batchSize, 8, "the probe takes the data set's batch size");
    assertEquals(manifest.notes, ["made of noise"]);
  },
);

testOnBackends(
  "extractFeatures() lowers the reconstruction loss of held-out samples on average",
  async (backend) => {
    const { manifest } = await extract("metamae", backend, { innerLr: 0.1 });
    const { before, after, improved } = manifest.splits.test!.losses!;
    assert(after < before, `${after} is not below ${before}`);
    assert(improved > 0.9);
  },
);

testOnBackends(
  "extractFeatures() has no z* for methods without a decoder, and says why",
  async (backend) => {
    const { manifest, out } = await extract("scratch", backend);
    assertEquals(manifest.adaptation, {
      innerSteps: null,
      reason: 'the method "scratch" has no decoder to adapt latents with',
    });
    assertEquals(manifest.splits.test!.losses, null);
    const { tensors } = await readSafetensors(join(out, "test.safetensors"));
    assertEquals([...tensors.keys()].sort(), ["ids", "labels", "z"]);
  },
);

testOnBackends("extractFeatures() gives the same numbers in any batch size", async (backend) => {
  const read = async (batchSize: number) => {
    const { out } = await extract("metamae", backend, { batchSize });
    return (await readSafetensors(join(out, "train.safetensors"))).tensors;
  };
  const [small, large] = [await read(3), await read(64)];
  for (const name of ["z", "zstar", "loss_after"]) {
    const other = numbers(large.get(name));
    numbers(small.get(name)).forEach((value, i) => assertAlmostEquals(value, other[i]!, 2e-5));
  }
  assertEquals(small.get("ids"), large.get("ids"));
});

testOnBackends(
  "extractFeatures() repeats itself bit by bit and leaves the weights alone",
  async (backend) => {
    const first = await extract("mae", backend);
    const weights = JSON.stringify(first.run.parameters);
    const second = await extract("mae", backend);
    assertEquals(first.manifest, second.manifest);
    assertEquals(JSON.stringify(second.run.parameters), weights);
  },
);

testOnBackends(
  "extractFeatures() keeps the tokens of per-token tasks, without CLS",
  async (backend) => {
    const run = await toyRun("mae");
    const task = { kind: "per-token", classes: 3, metric: "accuracy" } as const;
    await using store = await toyStore({ task });
    const out = join(await makeTempDir(), "features");
    await extractFeatures(run, store, out, { engine: engineInfo(backend) });
    const { tensors } = await readSafetensors(join(out, "test.safetensors"));
    assertEquals(tensors.get("z")!.shape, [10, 4, 16]);
    assertEquals(tensors.get("labels")!.shape, [10, 4]);
    // Their mean is the pooled feature of the same sample.
    await using plain = await toyStore();
    const pooled = join(await makeTempDir(), "features");
    await extractFeatures(run, plain, pooled, { engine: engineInfo(backend) });
    const z = numbers((await readSafetensors(join(pooled, "test.safetensors"))).tensors.get("z"));
    const tokens = numbers(tensors.get("z"));
    const mean = [0, 1, 2, 3].reduce((sum, token) => sum + tokens[token * 16 + 5]! / 4, 0);
    assertAlmostEquals(z[5]!, mean, 1e-5);
  },
);

testOnBackends("extractFeatures() encodes unlabelled stores", async (backend) => {
  await using store = await toyStore({ task: null });
  const out = join(await makeTempDir(), "features");
  const run = await toyRun("scratch");
  const manifest = await extractFeatures(run, store, out, { engine: engineInfo(backend) });
  assertEquals(manifest.task, undefined);
  assertEquals(manifest.splits.train!.labelled, false);
  const features = await openFeatures(out);
  await assertRejects(() => features.read("train", "z"), DataError, "has no labels");
});

testOnBackends("extractFeatures() saves a gallery of test samples", async (backend) => {
  const { out, manifest } = await extract("metamae", backend, { gallery: 4 });
  assert(manifest.gallery);
  const { tensors } = await readSafetensors(join(out, "gallery.safetensors"));
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  assertEquals(shapes, {
    "0/target": [4, 4, 6],
    "0/mask": [4, 4],
    "0/before": [4, 4, 6],
    "0/after": [4, 4, 6],
    ids: [4],
  });
  assert(numbers(tensors.get("0/mask")).every((value) => value === 0 || value === 1));
  assert(numbers(tensors.get("0/before")).some((x, i) => x !== numbers(tensors.get("0/after"))[i]));
  const gallery = JSON.parse(await Deno.readTextFile(join(out, "gallery.json")));
  assertEquals(gallery.schema, "metamae/gallery");
  assertEquals(gallery.labels.length, 4);
  assert(gallery.labels.every((label: string) => toyTask.classNames!.includes(label)));
  const scratch = await extract("scratch", backend, { gallery: 4 });
  assertEquals(scratch.manifest.gallery, false);
});

testOnBackends(
  "extractFeatures() refuses another input and a folder that is taken",
  async (backend) => {
    const run = await toyRun("mae", { kind: "series", channels: 2, length: 24, patch: 3 });
    await using store = await toyStore();
    const folder = await makeTempDir();
    const engine = engineInfo(backend);
    await assertRejects(
      () => extractFeatures(run, store, join(folder, "a"), { engine }),
      UsageError,
      "the run was built for",
    );
    await Deno.writeTextFile(join(folder, "mine.txt"), "text");
    const good = await toyRun("mae");
    const taken = () => extractFeatures(good, store, folder, { engine });
    await assertRejects(taken, UsageError, "the folder is not empty");
    assertEquals(await namesIn(folder), ["mine.txt"]);
  },
);

testOnBackends(
  "extractFeatures() leaves nothing behind when a feature is NaN or it is stopped",
  async (backend) => {
    const run = await toyRun("scratch");
    await using store = await toyStore();
    const folder = await makeTempDir();
    const [engine, out] = [engineInfo(backend), join(folder, "features")];
    const broken = { ...run.parameters, "norm_enc.bias": float32([16], Array(16).fill(NaN)) };
    await assertRejects(
      () => extractFeatures({ ...run, parameters: broken }, store, out, { engine }),
      NumericError,
      'z of sample 22 of the split "train" is NaN',
    );
    const stopped = () =>
      extractFeatures(run, store, out, { engine, signal: AbortSignal.abort(new Error("stopped")) });
    await assertRejects(stopped, Error, "stopped");
    assertEquals(await namesIn(folder), []);
  },
);

testOnBackends(
  "extractFeatures() leaves nothing whichever disk operation fails",
  async (backend) => {
    const run = await toyRun("scratch");
    await using store = await toyStore({ train: 3, test: 2 });
    for (let failing = 1;; failing++) {
      const folder = await makeTempDir();
      const out = join(folder, "features");
      const { fileSystem, operations } = failingFileSystem(failing);
      const options = { engine: engineInfo(backend), batchSize: 4, fileSystem };
      await extractFeatures(run, store, out, options).catch((error) => {
        assert(error instanceof StorageError, String(error));
      });
      const names = await namesIn(folder);
      assertEquals(names, names.length === 0 ? [] : ["features"]);
      if (names.length > 0) await (await openFeatures(out)).read("test", "z");
      if (operations() < failing) break;
    }
  },
);

testOnBackends("extractFeatures() reports progress to the last sample", async (backend) => {
  const seen: string[] = [];
  await extract("scratch", backend, {
    batchSize: 10,
    onProgress: (split, done, total) => seen.push(`${split} ${done}/${total}`),
  });
  assertEquals(seen, ["train 10/23", "train 20/23", "train 23/23", "test 10/10"]);
});

testOnBackends("openFeatures() refuses what is missing, changed or newer", async (backend) => {
  const { out } = await extract("scratch", backend);
  await assertRejects(
    () => openFeatures(`${out}-none`),
    MissingError,
    'there is no "features.json"',
  );
  const features = await openFeatures(out);
  await assertRejects(() => features.read("validation", "z"), DataError, "only train, test");
  await assertRejects(() => features.read("train", "zstar"), DataError, "zstar");
  const path = join(out, "train.safetensors");
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(path, bytes);
  const again = await openFeatures(out);
  await assertRejects(() => again.read("train", "z"), DataError, "have changed");
  const manifest = join(out, "features.json");
  const newer = (await Deno.readTextFile(manifest)).replace('"version": 1', '"version": 2');
  await Deno.writeTextFile(manifest, newer);
  await assertRejects(() => openFeatures(out), DataError, "they are of version 2");
});

Deno.test("resolveAdaptation() prefers what is asked for, then the learned step, then the option", async () => {
  const run = await toyRun("metamae");
  assertEquals(resolveAdaptation(run), { innerSteps: 1, innerLr: 0.5 });
  assertEquals(resolveAdaptation(run, { innerSteps: 3, innerLr: 0.1 }), {
    innerSteps: 3,
    innerLr: 0.1,
  });
  const trained = { ...run, parameters: { ...run.parameters, inner_lr: float32([], [0.25]) } };
  const methodOptions = { ...run.config.methodOptions, learnInnerLr: true };
  const learned = { ...trained, config: { ...run.config, methodOptions } };
  assertEquals(resolveAdaptation(learned), { innerSteps: 1, innerLr: 0.25 });
  assertEquals(resolveAdaptation(await toyRun("mae")), { innerSteps: 1, innerLr: 0.5 });
  assertThrows(() => resolveAdaptation(run, { innerSteps: -1 }), UsageError, "is -1");
  assertThrows(() => resolveAdaptation(run, { innerLr: NaN }), UsageError, "is NaN");
});
