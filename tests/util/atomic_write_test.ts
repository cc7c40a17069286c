import { assertEquals, assertRejects } from "../assert.ts";
import { failingFileSystem } from "../faults/failing_file_system.ts";
import { writeFileAtomic, writeJsonAtomic } from "../../lib/util/atomic_write.ts";
import { MissingError, StorageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { makeTempDir } from "../temporary.ts";

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) found.push(entry.name);
  return found.sort();
}

Deno.test("writeFileAtomic() writes bytes, texts and pieces, and replaces what is there", async () => {
  const folder = await makeTempDir();
  const path = join(folder, "a b.txt");
  await writeFileAtomic(path, "one");
  assertEquals(await Deno.readTextFile(path), "one");
  await writeFileAtomic(path, new TextEncoder().encode("two"));
  assertEquals(await Deno.readTextFile(path), "two");
  await writeFileAtomic(path, [new Uint8Array([51]), new Uint8Array([52])]);
  assertEquals(await Deno.readTextFile(path), "34");
  await writeJsonAtomic(path, { a: 1 });
  assertEquals(JSON.parse(await Deno.readTextFile(path)), { a: 1 });
  assertEquals(await names(folder), ["a b.txt"]);
});

Deno.test("writeFileAtomic() keeps the old contents and no other file when any operation fails", async () => {
  const folder = await makeTempDir();
  const path = join(folder, "a.txt");
  await writeFileAtomic(path, "old");
  let failures = 0;
  for (let n = 1;; n++) {
    const { fileSystem, operations } = failingFileSystem(n);
    try {
      await writeFileAtomic(path, ["ne", "w"].map((s) => new TextEncoder().encode(s)), {
        fileSystem,
      });
      assertEquals(operations() < n, true);
      break;
    } catch (error) {
      assertEquals(error instanceof StorageError, true, String(error));
      failures++;
      // The last operation syncs the folder: by then the new contents have their name.
      assertEquals(await Deno.readTextFile(path), n === 6 ? "new" : "old");
      assertEquals(await names(folder), ["a.txt"]);
    }
  }
  assertEquals(failures, 6);
  assertEquals(await Deno.readTextFile(path), "new");
});

Deno.test("writeFileAtomic() removes the temporary file when the contents fail", async () => {
  const folder = await makeTempDir();
  async function* contents() {
    yield new Uint8Array(3);
    await Promise.resolve();
    throw new RangeError("no more");
  }
  await assertRejects(() => writeFileAtomic(join(folder, "a"), contents()), RangeError, "no more");
  assertEquals(await names(folder), []);
});

Deno.test("writeFileAtomic() says that the folder is absent", async () => {
  const path = join(await makeTempDir(), "absent", "a");
  await assertRejects(() => writeFileAtomic(path, "x"), MissingError, `Cannot write "${path}"`);
});
