import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore } from "../../lib/store/store.ts";
import { storeManifest } from "../../lib/documents/store_manifest.ts";
import type { StoreWriter } from "../../lib/store/store_writer.ts";
import type { ImageLook } from "../../lib/spec/input.ts";
import { DataError, MissingError, UsageError } from "../../lib/util/errors.ts";
import { int32 } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import {
  fillImages,
  imageDeclaration,
  imageRow,
  makeStore,
  newStorePath,
  sampleOptions,
  seriesDeclaration,
} from "./sample_stores.ts";

/** Both ways of reading: shards kept in memory, and positional reads. */
const ways = [{ cacheBytes: 2 ** 20 }, { cacheBytes: 0 }];

Deno.test("Split.read() gives normalised images in the order of the ids", async () => {
  for (const way of ways) {
    await using store = await makeStore(fillImages, { shardBytes: 16 * 3, ...way });
    const train = await store.split("train");
    const ids = [19, 0, 7, 7, 8, 1];
    const { inputs: [images], labels, ids: read } = await train.read(ids);
    assertEquals(images!.dtype, "float32");
    assertEquals(images!.shape, [6, 2, 2, 4]);
    const expected = ids.flatMap((id) =>
      Array.from(imageRow(id), (value, i) => {
        const scaled = Math.fround(value / 255);
        const [mean, deviation] = i < 8 ? [0.25, 0.5] : [0.5, Math.fround(0.3)];
        return Math.fround(Math.fround(scaled - mean!) / deviation!);
      })
    );
    assertEquals([...images!.data], expected);
    assertEquals(labels, int32([6], ids.map((id) => id % 5)));
    assertEquals([...read], ids);
  }
});

Deno.test("Split.read() gives windows as (channels, length), across shards, with the first row's label", async () => {
  const fill = async (writer: StoreWriter) => {
    writer.declare({
      ...seriesDeclaration,
      columns: [{ dtype: "float32", scale: 0.1, mean: [0.3], deviation: [2, 3] }],
    });
    for (let row = 0; row < 12; row++) {
      await writer.append([Float32Array.of(row, 100 + row)], row < 6 ? 0 : 1);
    }
    writer.list("train", [0, 4, 8]);
  };
  for (const way of ways) {
    await using store = await makeStore(fill, { shardBytes: 8 * 5, ...way });
    assertEquals(store.manifest.columns[0]!.shards.length, 3);
    const { inputs: [windows], labels } = await (await store.split("train")).read([3, 8]);
    assertEquals(windows!.shape, [2, 2, 4]);
    const f = Math.fround;
    const normal = (value: number, deviation: number) =>
      f(f(f(value * f(0.1)) - f(0.3)) / deviation);
    const expected = [3, 8].flatMap((start) =>
      [[0, 2], [100, 3]].flatMap(([base, deviation]) =>
        [0, 1, 2, 3].map((t) => normal(base! + start + t, deviation!))
      )
    );
    assertEquals([...windows!.data], expected);
    assertEquals(labels, int32([2], [0, 1]));
  }
});

Deno.test("Split.read() keeps tokens as int32 and reads several modalities and wide labels", async () => {
  const fill = async (writer: StoreWriter) => {
    writer.declare({
      inputs: [
        { kind: "tokens", vocabulary: 60_000, length: 3 },
        { kind: "image", channels: 1, height: 2, width: 2, patch: 2 },
      ],
      task: { kind: "multi-label", classes: 2, metric: "auroc" },
      layout: "rows",
      columns: [{ dtype: "uint16" }, { dtype: "int16" }],
      defaults: { batchSize: 2 },
    });
    for (let row = 0; row < 4; row++) {
      const tokens = Uint16Array.of(row, 59_999 - row, 7);
      await writer.append([tokens, Int16Array.of(row, -row, 0, -32768)], [row % 2, 1]);
    }
    writer.list("train", [0, 1, 2, 3]);
  };
  for (const way of ways) {
    await using store = await makeStore(fill, way);
    const { inputs: [tokens, image], labels } = await (await store.split("train")).read([3, 1]);
    assertEquals(tokens, int32([2, 3], [3, 59_996, 7, 1, 59_998, 7]));
    assertEquals(image!.shape, [2, 1, 2, 2]);
    assertEquals([...image!.data], [3, -3, 0, -32768, 1, -1, 0, -32768]);
    assertEquals(labels, int32([2, 2], [1, 1, 1, 1]));
  }
});

Deno.test("Split.labels() gives regression targets as float32", async () => {
  await using store = await makeStore(async (writer) => {
    writer.declare({
      ...imageDeclaration,
      task: { kind: "regression", classes: 1, metric: "spearman" },
    });
    for (let row = 0; row < 3; row++) await writer.append([imageRow(row)], row / 3);
    writer.list("test", [2, 0]);
  });
  const labels = await (await store.split("test")).labels([2, 0]);
  assertEquals(labels.dtype, "float32");
  assertEquals([...labels.data], [Math.fround(2 / 3), 0]);
});

Deno.test("Split.labels() is refused for a split with samples that have no label", async () => {
  await using store = await makeStore(async (writer) => {
    writer.declare(imageDeclaration);
    await writer.append([imageRow(0)], 4);
    await writer.append([imageRow(1)]);
    writer.list("pretrain", [0, 1]);
    writer.list("train", [0]);
  });
  const pretrain = await store.split("pretrain");
  assertEquals(pretrain.labelled, false);
  assertEquals((await pretrain.read([1])).labels, undefined);
  await assertRejects(() => pretrain.labels([1]), DataError, 'labels of the split "pretrain"');
  assertEquals(await (await store.split("train")).labels([0]), int32([1], [4]));
});

Deno.test("Store.split() falls back from pretrain to train and lists what there is", async () => {
  await using store = await makeStore(fillImages);
  assertEquals(store.splits, ["train", "test"]);
  const pretrain = await store.split("pretrain");
  assertEquals(pretrain.name, "train");
  assertEquals(pretrain.count, 10);
  await assertRejects(() => store.split("validation"), UsageError, "the store has train, test");
});

Deno.test("openStore() says that there is no store", async () => {
  const path = await newStorePath();
  const error = await assertRejects(
    () => openStore(path),
    MissingError,
    'there is no "store.json"',
  );
  assertEquals(error.exitCode, 7);
});

Deno.test("openStore() refuses newer versions, other schemas and manifests that do not fit", async () => {
  const path = await newStorePath();
  await createStore(path, sampleOptions, fillImages);
  const file = join(path, storeManifest.file);
  const good = await Deno.readTextFile(file);
  const manifest = JSON.parse(good);
  const shard = manifest.columns[0].shards[0];
  const cases: readonly (readonly [unknown, string])[] = [
    [{ ...manifest, version: 3 }, "it is of version 3, this program reads versions up to 2"],
    [{ ...manifest, version: 3, layout: "new", extra: 1 }, "it is of version 3"],
    [{ ...manifest, schema: "metamae/run" }, 'its schema is "metamae/run"'],
    [[], "its schema is undefined"],
    [null, "its schema is undefined"],
    [{ ...manifest, extra: 1 }, '"extra"'],
    [{ ...manifest, rows: 21 }, "a table has 20 rows, 21 are wanted"],
    [{ ...manifest, inputs: [{ kind: "tabular", features: 3 }] }, "column 0 has a wrong width"],
    [{
      ...manifest,
      columns: [{
        ...manifest.columns[0],
        shards: [{ ...shard, file: { ...shard.file, name: "../../passwd" } }],
      }],
    }, "name"],
    [{
      ...manifest,
      columns: [{ ...manifest.columns[0], shards: [{ ...shard, rows: 19 }] }],
    }, "has 320 bytes, 19 rows take 304"],
  ];
  for (const [changed, message] of cases) {
    await Deno.writeTextFile(file, JSON.stringify(changed));
    const error = await assertRejects(() => openStore(path), DataError, message);
    assertEquals(error.exitCode, 3);
  }
  await Deno.writeTextFile(file, good.slice(0, 100));
  await assertRejects(() => openStore(path), DataError, "it is no valid JSON");
});

Deno.test("openStore() notices files that are missing, cut or longer", async () => {
  const path = await newStorePath();
  const manifest = await createStore(path, sampleOptions, fillImages);
  const file = join(path, manifest.columns[0]!.shards[0]!.file.name);
  await Deno.truncate(file, 319);
  await assertRejects(
    () => openStore(path),
    DataError,
    "it has 319 bytes, the manifest promises 320",
  );
  await Deno.truncate(file, 321);
  await assertRejects(() => openStore(path), DataError, "it has 321 bytes");
  await Deno.remove(file);
  await assertRejects(() => openStore(path), DataError, "it is missing");
});

Deno.test("Split.read() notices a flipped bit in a shard or an index of a store in memory", async () => {
  const path = await newStorePath();
  const manifest = await createStore(path, sampleOptions, fillImages);
  const flip = async (name: string) => {
    const bytes = await Deno.readFile(join(path, name));
    bytes[5]! ^= 4;
    await Deno.writeFile(join(path, name), bytes);
  };
  const shard = manifest.columns[0]!.shards[0]!.file.name;
  await flip(shard);
  {
    await using store = await openStore(path);
    const train = await store.split("train");
    const error = await assertRejects(
      () => train.read([19]),
      DataError,
      "its contents have changed",
    );
    assertMatch(error.hint ?? "", /tokenize --force/);
  }
  await flip(shard);
  await flip(manifest.splits.train!.file.name);
  await using store = await openStore(path);
  await assertRejects(() => store.split("train"), DataError, "its contents have changed");
});

Deno.test("Split.read() refuses ids beyond the rows, and notices a shard cut after opening", async () => {
  await using store = await makeStore(fillImages, { cacheBytes: 0 });
  const train = await store.split("train");
  await assertRejects(() => train.read([20]), RangeError, "the store has 20 rows");
  await assertRejects(() => train.read([-1]), RangeError);
  await Deno.truncate(
    join(store.path, store.manifest.columns[0]!.shards[0]!.file.name),
    10 * 16,
  );
  await assertRejects(() => train.read([2, 19]), DataError, "more are wanted");
});

Deno.test("Store.close() refuses later reads and is awaited by await using", async () => {
  const store = await makeStore(fillImages, { cacheBytes: 0 });
  const train = await store.split("train");
  const [batch] = await Promise.all([train.read([1, 2]), train.read([3])]);
  assert(batch.ids.length === 2);
  await store.close();
  await assertRejects(() => train.read([1]), Error, "the store has been closed");
});

Deno.test("openStore() reads looks of version 2; their digest is that of version 1", async () => {
  const [first, second] = [await newStorePath(), await newStorePath()];
  const store = (path: string, look?: ImageLook) =>
    createStore(path, sampleOptions, async (writer) => {
      const columns = imageDeclaration.columns.map((column) => ({
        ...column,
        ...look && { look },
      }));
      writer.declare({ ...imageDeclaration, columns });
      await writer.append([imageRow(0)], 1);
      writer.list("train", [0]);
    });
  await store(first);
  await using plain = await openStore(first);
  await store(second, "bands");
  await using banded = await openStore(second);
  assertEquals([plain.manifest.version, banded.manifest.version], [1, 2]);
  assertEquals(banded.manifest.columns[0]!.look, "bands");
  assertEquals(banded.digest, plain.digest);
  await assertRejects(
    () => store(`${first}-3`, "spectrogram"),
    RangeError,
    'the look "spectrogram" takes images',
  );
});
