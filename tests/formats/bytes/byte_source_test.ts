import { assertEquals, assertRejects } from "../../assert.ts";
import { DataError, MissingError } from "../../../lib/util/errors.ts";
import {
  chunksOf,
  memorySource,
  openFileSource,
  pagedSource,
  readAll,
  readFileChunks,
  sliceSource,
} from "../../../lib/formats/bytes/byte_source.ts";
import { inFolder } from "../../datasets/unpack.ts";

const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31) % 251);

Deno.test("openFileSource() reads at any position, also at the same time", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, bytes);
    await using source = await openFileSource(`${folder}/a.bin`);
    assertEquals(source.size, bytes.length);
    const places = [600_000, 0, 17, 699_990];
    const parts = await Promise.all(places.map((place) => source.read(place, 10)));
    assertEquals(parts, places.map((place) => bytes.slice(place, place + 10)));
    await assertRejects(
      () => source.read(699_995, 10),
      DataError,
      "it ends at byte 700000, bytes up to 700005 are wanted",
    );
  });
});

Deno.test("openFileSource() says that a file became shorter while it was open", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, bytes);
    await using source = await openFileSource(`${folder}/a.bin`);
    await Deno.truncate(`${folder}/a.bin`, 1000);
    await assertRejects(() => source.read(990, 20), DataError, "it ends at byte 1000");
  });
});

Deno.test("openFileSource() says that there is no such file", async () => {
  await assertRejects(() => openFileSource("/no/such/file"), MissingError, "/no/such/file");
});

Deno.test("readFileChunks() and chunksOf() give all bytes in order", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, bytes);
    const options = { name: "a.bin", limit: bytes.length };
    assertEquals(await readAll(readFileChunks(`${folder}/a.bin`), options), bytes);
  });
  const source = memorySource("a", bytes);
  const part = await readAll(chunksOf(source, 5, 600_005), { name: "a", limit: 600_000 });
  assertEquals(part, bytes.slice(5, 600_005));
});

Deno.test("sliceSource() keeps reads inside the slice", async () => {
  const source = sliceSource(memorySource("a", bytes), 100, 200);
  assertEquals(source.size, 100);
  assertEquals(await source.read(90, 10), bytes.slice(190, 200));
  await assertRejects(async () => await source.read(95, 10), DataError, "it ends at byte 100");
});

Deno.test("readAll() takes exactly the limit and no byte more", async () => {
  const all = () => chunksOf(memorySource("a", bytes));
  assertEquals((await readAll(all(), { name: "a", limit: bytes.length })).length, bytes.length);
  await assertRejects(
    () => readAll(all(), { name: "a", limit: bytes.length - 1 }),
    DataError,
    'Cannot read "a": it holds more than the 699999 bytes expected',
  );
});

const paged = Uint8Array.from({ length: 2_000_000 }, (_, i) => i * 31 + (i >> 8));

/** A paged source over paged that counts how often it is read. */
function countedSource() {
  const inner = memorySource("memory", paged);
  let reads = 0;
  const source = pagedSource({
    ...inner,
    read: (offset, length) => {
      reads++;
      return inner.read(offset, length);
    },
  });
  return { source, reads: () => reads };
}

Deno.test("pagedSource() gives the paged of its source, within and across pages", async () => {
  const { source } = countedSource();
  for (const [offset, length] of [[0, 10], [262_140, 9], [524_288, 1], [1_999_990, 10], [5, 0]]) {
    assertEquals(await source.read(offset!, length!), paged.slice(offset, offset! + length!));
  }
  assertEquals(await source.read(100, 1_500_000), paged.slice(100, 1_500_100));
});

Deno.test("pagedSource() reads a page once while it is used", async () => {
  const { source, reads } = countedSource();
  for (let i = 0; i < 1000; i++) await source.read(i * 100, 50);
  assertEquals(reads(), 1);
  await source.read(262_100, 200);
  assertEquals(reads(), 2);
});

Deno.test("pagedSource() hands out copies", async () => {
  const { source } = countedSource();
  (await source.read(0, 4)).fill(99);
  assertEquals(await source.read(0, 4), paged.slice(0, 4));
});

Deno.test("pagedSource() refuses what lies outside", async () => {
  const { source } = countedSource();
  await assertRejects(() => source.read(1_999_999, 2), DataError, "it ends at byte 2000000");
});
