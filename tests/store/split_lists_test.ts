import { assert, assertEquals } from "../assert.ts";
import { batchAt, epochIds } from "../../lib/store/sampler.ts";
import { fillImages, imageDeclaration, makeStore, seriesDeclaration } from "./sample_stores.ts";

Deno.test("createSplitLists() writes lists longer than a chunk, in order and with repetitions", async () => {
  const ids = Uint32Array.from({ length: 200_000 }, (_, i) => (7 * i) % 10);
  await using store = await makeStore(async (writer) => {
    writer.declare(imageDeclaration);
    for (let row = 0; row < 10; row++) await writer.append([new Uint8Array(16)], 0);
    writer.list("train", ids);
  });
  const { count, source } = await store.split("train");
  assertEquals(count, 200_000);
  assert(source.kind === "list" && source.ids.every((id, i) => id === ids[i]));
});

Deno.test("createSplitLists() writes more ranges than a chunk holds", async () => {
  await using store = await makeStore(async (writer) => {
    writer.declare(seriesDeclaration);
    for (let row = 0; row < 40_000; row++) await writer.append([Float32Array.of(row, 0)], 0);
    writer.drawn("train", 10, Array.from({ length: 30_000 }, (_, i) => [i, 2] as const));
  });
  const { source } = await store.split("train");
  assert(source.kind === "drawn" && source.groups.length === 30_000);
  assertEquals(source.groups[29_999], { starts: 2, ranges: [{ first: 29_999, starts: 2 }] });
});

Deno.test("createSplitLists() marks splits as labelled only if every sample is", async () => {
  await using store = await makeStore(async (writer) => {
    writer.declare(seriesDeclaration);
    for (let row = 0; row < 20; row++) {
      const values = [Float32Array.of(row, 0)];
      await (row < 10 ? writer.append(values, 1) : writer.append(values));
    }
    writer.drawn("pretrain", 10, [[0, 17]]);
    writer.drawn("train", 10, [[0, 10]]);
    writer.list("validation", [9, 10]);
    writer.list("test", [9]);
  });
  const labelled = Object.entries(store.manifest.splits).map(([name, split]) => [
    name,
    split.labelled,
  ]);
  assertEquals(Object.fromEntries(labelled), {
    pretrain: false,
    train: true,
    validation: false,
    test: true,
  });
});

Deno.test("createSplitLists() marks nothing as labelled where there is no task", async () => {
  await using store = await makeStore(async (writer) => {
    const { task: _, ...declaration } = imageDeclaration;
    writer.declare(declaration);
    await writer.append([new Uint8Array(16)]);
    writer.list("train", [0]);
  });
  assertEquals(store.manifest.splits.train?.labelled, false);
  assertEquals(store.manifest.labels, undefined);
});

Deno.test("windows that are drawn never hold a missing value and carry the label of their recording", async () => {
  // Three recordings of 30 rows; one in 16 rows misses its first value.
  const misses = (row: number) => row % 16 === 3;
  const fill = async (writer: Parameters<typeof fillImages>[0]) => {
    writer.declare(seriesDeclaration);
    for (let row = 0; row < 90; row++) {
      await writer.append([Float32Array.of(misses(row) ? NaN : row, 1)], Math.floor(row / 30));
    }
    writer.drawn("train", 60, [[0, 26], [30, 26], [60, 26]]);
  };
  await using store = await makeStore(fill);
  const train = await store.split("train");
  const valid = Array.from({ length: 90 }, (_, row) => row)
    .filter((row) => row % 30 < 26 && ![0, 1, 2, 3].some((t) => misses(row + t)));
  assertEquals(store.manifest.counters["windows with missing values"], 3 * 26 - valid.length);
  const seen = new Set<number>();
  for (let step = 0; step < 40; step++) {
    const { ids, inputs: [windows], labels } = await train.read(
      batchAt(train, { seed: 1, step, batchSize: 20 }),
    );
    ids.forEach((id, i) => {
      seen.add(id);
      assertEquals([...windows!.data.subarray(8 * i, 8 * i + 4)], [id, id + 1, id + 2, id + 3]);
      assertEquals(labels!.data[i], Math.floor(id / 30));
    });
  }
  assertEquals([...seen].sort((a, b) => a - b), valid);
  assertEquals(epochIds(train, { seed: 1, epoch: 0 }).length, 60);
});
