import { assert, assertEquals, assertRejects } from "../assert.ts";
import { createFilePool, createTableReader, type FilePool } from "../../lib/store/table_reader.ts";
import { createTableWriter } from "../../lib/store/table_writer.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { disk } from "../../lib/util/file_system.ts";
import { join } from "../../lib/util/path.ts";
import { drawKey, integer } from "../../lib/util/random.ts";
import { makeTempDir } from "../temporary.ts";

/** Writes rows [3 * row, 3 * row + 1, 3 * row + 2] of int32. */
async function writeTable(folder: string, rows: number, shardBytes: number) {
  const writer = createTableWriter({
    fileSystem: disk,
    folder,
    stem: "t",
    dtype: "int32",
    width: 3,
    shardBytes,
  });
  for (let row = 0; row < rows; row++) await writer.append([3 * row, 3 * row + 1, 3 * row + 2]);
  return await writer.finish();
}

Deno.test("createTableWriter() cuts shards and spans buffers without losing a row", async () => {
  const folder = await makeTempDir();
  // Rows of 12 bytes: a buffer of 1 MiB holds 87,381 of them.
  const table = await writeTable(folder, 200_000, 2 ** 21);
  assertEquals(table.shards.map(({ rows }) => rows), [174_762, 25_238]);
  const bytes = new Int32Array(
    (await Deno.readFile(join(folder, table.shards[1]!.file.name))).buffer,
  );
  assertEquals(bytes[0], 3 * 174_762);
  assertEquals(bytes.at(-1), 3 * 199_999 + 2);
});

Deno.test("createTableReader() reads any runs, from memory and from the disk", async () => {
  const folder = await makeTempDir();
  const table = await writeTable(folder, 5000, 12 * 700);
  assertEquals(table.shards.length, 8);
  const files = createFilePool({ limit: 3 });
  const key = drawKey(1, "runs");
  for (const cached of [true, false]) {
    const reader = createTableReader(table, { folder, cached, files });
    for (let trial = 0; trial < 30; trial++) {
      const length = 1 + integer(key, 50 * trial, trial % 3 === 0 ? 1500 : 4);
      const starts = Array.from(
        { length: 20 },
        (_, i) => integer(key, 50 * trial + 1 + i, 5000 - length + 1),
      );
      const expected = starts.flatMap((start) =>
        Array.from({ length: 3 * length }, (_, i) => 3 * start + i)
      );
      const read = await reader.read(starts, length);
      assert(read instanceof Int32Array);
      assertEquals(read.length, expected.length);
      assert(read.every((value, i) => value === expected[i]));
    }
  }
  await files.close();
});

Deno.test("createTableReader() reads neighbours together and skips wide gaps", async () => {
  const folder = await makeTempDir();
  const table = await writeTable(folder, 20_000, 2 ** 20);
  const reads: [number, number][] = [];
  const real = createFilePool();
  const files: FilePool = {
    ...real,
    read: (path, position, target) => {
      reads.push([position, target.length]);
      return real.read(path, position, target);
    },
  };
  const reader = createTableReader(table, { folder, cached: false, files });
  await reader.read([1000, 10, 11, 15, 19_999], 1);
  // Rows 10 to 1000 lie within 16 KiB; the last one lies far away.
  assertEquals(reads, [[120, 12 * 991], [12 * 19_999, 12]]);
  await real.close();
});

Deno.test("createFilePool() keeps few files open, reads at the same time and reopens", async () => {
  const folder = await makeTempDir();
  const paths = Array.from({ length: 10 }, (_, i) => join(folder, `${i}`));
  for (const [i, path] of paths.entries()) await Deno.writeFile(path, new Uint8Array(100).fill(i));
  let live = 0;
  const open = async (path: string) => {
    const file = await Deno.open(path);
    const close = file.close.bind(file);
    file.close = () => {
      live--;
      close();
    };
    live++;
    return file;
  };
  const files = createFilePool({ limit: 2, open });
  const read = async (i: number, position: number) => {
    const target = new Uint8Array(10);
    await files.read(paths[i]!, position, target);
    assertEquals([...target], new Array(10).fill(i));
  };
  await Promise.all(Array.from({ length: 200 }, (_, i) => read(i % 10, (7 * i) % 90)));
  for (let i = 0; i < 20; i++) await read(i % 10, 0);
  assertEquals(live, 2);
  await files.close();
  assertEquals(live, 0);
});

Deno.test("createFilePool() says what is absent or too short, and goes on afterwards", async () => {
  const path = join(await makeTempDir(), "x");
  const files = createFilePool();
  await assertRejects(() => files.read(path, 0, new Uint8Array(1)), MissingError, "no such file");
  await Deno.writeFile(path, new Uint8Array(10));
  await files.read(path, 0, new Uint8Array(10));
  await assertRejects(
    () => files.read(path, 8, new Uint8Array(5)),
    DataError,
    "it ends at byte 10, 3 more are wanted",
  );
  await files.read(path, 9, new Uint8Array(1));
  await files.close();
});
