import { assertEquals, assertRejects } from "../../assert.ts";
import { memorySource, pagedSource } from "../../../lib/formats/bytes/byte_source.ts";
import { DataError } from "../../../lib/util/errors.ts";

const bytes = Uint8Array.from({ length: 2_000_000 }, (_, i) => i * 31 + (i >> 8));

/** A paged source over bytes that counts how often it is read. */
function countedSource() {
  const inner = memorySource("memory", bytes);
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

Deno.test("pagedSource() gives the bytes of its source, within and across pages", async () => {
  const { source } = countedSource();
  for (const [offset, length] of [[0, 10], [262_140, 9], [524_288, 1], [1_999_990, 10], [5, 0]]) {
    assertEquals(await source.read(offset!, length!), bytes.slice(offset, offset! + length!));
  }
  assertEquals(await source.read(100, 1_500_000), bytes.slice(100, 1_500_100));
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
  assertEquals(await source.read(0, 4), bytes.slice(0, 4));
});

Deno.test("pagedSource() refuses what lies outside", async () => {
  const { source } = countedSource();
  await assertRejects(() => source.read(1_999_999, 2), DataError, "it ends at byte 2000000");
});
