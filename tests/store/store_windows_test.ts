import { assertEquals, assertRejects } from "../assert.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore } from "../../lib/store/store.ts";
import type { StoreWriter } from "../../lib/store/store_writer.ts";
import { DataError } from "../../lib/util/errors.ts";
import { newStorePath, sampleOptions, seriesDeclaration } from "./sample_stores.ts";

/** 14 time steps; step 5 misses a value. */
async function fillSeries(writer: StoreWriter): Promise<void> {
  writer.declare(seriesDeclaration);
  for (let row = 0; row < 14; row++) {
    await writer.append([Float32Array.of(row, row === 5 ? NaN : -row)], row < 8 ? 1 : 2);
  }
}

Deno.test("createStore() leaves windows with missing values out and counts them", async () => {
  const path = await newStorePath();
  const manifest = await createStore(path, sampleOptions, async (writer) => {
    await fillSeries(writer);
    assertEquals(writer.validStarts(0, 11), [[0, 2], [6, 5]]);
    writer.drawn("train", 100, [[0, 8], [8, 3]]);
    writer.list("test", [0, 2, 10, 6]);
  });
  // Starts 2, 3, 4, 5 of the first range, and sample 2 of the list.
  assertEquals(manifest.counters, { "windows with missing values": 5 });
  assertEquals(manifest.splits.test?.count, 3);
  assertEquals(manifest.splits.train?.count, 100);
  await using store = await openStore(path);
  assertEquals((await store.split("test")).source, { kind: "list", ids: Uint32Array.of(0, 10, 6) });
  assertEquals((await store.split("train")).source, {
    kind: "drawn",
    groups: [
      { starts: 4, ranges: [{ first: 0, starts: 2 }, { first: 6, starts: 2 }] },
      { starts: 3, ranges: [{ first: 8, starts: 3 }] },
    ],
  });
});

Deno.test("createStore() refuses infinite values and windows beyond the end of a recording", async () => {
  const path = await newStorePath();
  await assertRejects(
    () =>
      createStore(path, sampleOptions, async (writer) => {
        writer.declare(seriesDeclaration);
        await writer.append([Float32Array.of(1, Infinity)], 0);
      }),
    DataError,
    "the value in column 1 is Infinity",
  );
  const splits: readonly (readonly [(writer: StoreWriter) => void, string])[] = [
    [
      (writer) => writer.drawn("train", 10, [[0, 12]]),
      "12 windows of 4 rows from row 0 on, the store has 14 rows",
    ],
    [
      (writer) => writer.list("test", [2, 3]),
      'the split "test": all 2 windows hold missing values',
    ],
  ];
  for (const [declare, message] of splits) {
    const fill = (writer: StoreWriter) => fillSeries(writer).then(() => declare(writer));
    await assertRejects(() => createStore(path, sampleOptions, fill), DataError, message);
  }
});
