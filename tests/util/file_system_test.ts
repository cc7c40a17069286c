import { assertEquals, assertRejects } from "../assert.ts";
import { disk } from "../../lib/util/file_system.ts";
import { join } from "../../lib/util/path.ts";
import { makeTempDir } from "../temporary.ts";

Deno.test("disk.create() appends pieces to a new file and refuses one that exists", async () => {
  const path = join(await makeTempDir(), "a");
  const file = await disk.create(path);
  await file.write(Uint8Array.of(1, 2));
  await file.write(new Uint8Array());
  await file.write(Uint8Array.of(3));
  await file.sync();
  file.close();
  file.close();
  assertEquals(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
  await assertRejects(() => disk.create(path), Deno.errors.AlreadyExists);
});

Deno.test("disk.makeFolder() makes parents and accepts folders that exist", async () => {
  const path = join(await makeTempDir(), "a", "b");
  await disk.makeFolder(path);
  await disk.makeFolder(path);
  await disk.syncFolder(path);
  assertEquals((await Deno.stat(path)).isDirectory, true);
});

Deno.test("disk.rename() replaces files, disk.remove() takes folders and what is not there", async () => {
  const folder = await makeTempDir();
  await Deno.writeTextFile(join(folder, "a"), "new");
  await Deno.writeTextFile(join(folder, "b"), "old");
  await disk.rename(join(folder, "a"), join(folder, "b"));
  assertEquals(await Deno.readTextFile(join(folder, "b")), "new");
  await disk.remove(join(folder, "a"));
  await disk.remove(folder);
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});
