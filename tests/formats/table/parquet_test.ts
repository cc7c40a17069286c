import { assertEquals, assertRejects } from "../../assert.ts";
import { memorySource, openFileSource } from "../../../lib/formats/bytes/byte_source.ts";
import { readParquet } from "../../../lib/formats/table/parquet.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { fromFileUrl } from "../../../lib/util/path.ts";

const folder = fromFileUrl(new URL("../../fixtures/raw/parquet", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${folder}.json`));
const columns = ["label", "text", "score", "missing"];

const rowsOf = (bytes: Uint8Array<ArrayBuffer>, wanted: readonly string[] = columns) =>
  Array.fromAsync(readParquet(memorySource("x.parquet", bytes), { columns: wanted }));

for (const codec of ["snappy", "gzip", "zstd", "plain", "brotli", "lz4"]) {
  Deno.test(`readParquet() reads what pyarrow wrote: ${codec}`, async () => {
    await using source = await openFileSource(`${folder}/${codec}.parquet`);
    const rows = await Array.fromAsync(readParquet(source, { columns }));
    assertEquals(rows.length, 50);
    assertEquals(rows.map(([label]) => Number(label)), expected.label);
    assertEquals(rows.map(([, text]) => text), expected.text);
    assertEquals(rows.map(([, , score]) => score), expected.score);
    assertEquals(rows.map((row) => row[3] ?? null), expected.missing);
  });
}

Deno.test("readParquet() refuses what is no Parquet file, is cut off or lacks a column", async () => {
  const bytes = await Deno.readFile(`${folder}/snappy.parquet`);
  const refuses = (changed: Uint8Array<ArrayBuffer>, message: string) =>
    assertRejects(() => rowsOf(changed), DataError, message);
  await refuses(new Uint8Array(0), 'Cannot read "x.parquet": it is no Parquet file');
  await refuses(new TextEncoder().encode("rubbish\n".repeat(9)), "it is no Parquet file");
  await refuses(bytes.slice(0, -9), 'Cannot read "x.parquet": its footer is damaged or cut off');
  const shifted = new Uint8Array(bytes.length - 400);
  shifted.set(bytes.subarray(0, 200));
  shifted.set(bytes.subarray(600), 200);
  await refuses(shifted, 'Cannot read "x.parquet"');
  await assertRejects(
    () => rowsOf(bytes, ["text", "sentence"]),
    DataError,
    'Cannot read "x.parquet": it lacks the column "sentence"',
  );
});

Deno.test("readParquet() turns every damage of a byte into a data error or other rows", async () => {
  const bytes = await Deno.readFile(`${folder}/snappy.parquet`);
  let refused = 0;
  for (let at = 4; at < bytes.length; at += 13) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0xff;
    try {
      await rowsOf(damaged);
    } catch (error) {
      if (!(error instanceof DataError)) throw new Error(`byte ${at}`, { cause: error });
      refused++;
    }
  }
  assertEquals(refused > 20, true, `${refused} damages were refused`);
});

Deno.test("readParquet() takes no memory for a page that promises too much", async () => {
  const bytes = await Deno.readFile(`${folder}/gzip.parquet`);
  // The header of the first page: field 2 of the struct is the unpacked size, a zigzag varint.
  const at = bytes.indexOf(0x15, 6);
  assertEquals([bytes[4], bytes[5]], [0x15, 0x04]);
  const header = bytes.subarray(at, at + 3);
  const damaged = new Uint8Array([
    ...bytes.subarray(0, at + 1),
    ...[0xfe, 0xff, 0xff, 0xff, 0x0f],
    ...bytes.subarray(at + 3),
  ]);
  assertEquals(header[0], 0x15);
  const error = await assertRejects(() => rowsOf(damaged), DataError);
  assertEquals(
    error.message.includes("bytes are said to unpack to 2147483647"),
    true,
    error.message,
  );
});
