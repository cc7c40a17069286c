import { assertEquals, assertRejects } from "../assert.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore } from "../../lib/store/store.ts";
import { LockedError, UsageError } from "../../lib/util/errors.ts";
import { lockFolder } from "../../lib/util/file_lock.ts";
import { dirname, join } from "../../lib/util/path.ts";
import { fillImages, namesIn, newStorePath, sampleOptions } from "./sample_stores.ts";

const force = { ...sampleOptions, force: true };

Deno.test("createStore() makes the parents of a new store", async () => {
  const path = join(dirname(await newStorePath()), "x", "y", "store");
  await createStore(path, sampleOptions, fillImages);
  await (await openStore(path)).close();
});

Deno.test("createStore() is refused while anyone holds the lock of the folder", async () => {
  const path = await newStorePath();
  const lock = await lockFolder(path, "Cannot test");
  await assertRejects(() => createStore(path, sampleOptions, fillImages), LockedError, path);
  assertEquals(await namesIn(dirname(path)), [".a store.lock"]);
  await lock.release();
  await createStore(path, sampleOptions, fillImages);
});

Deno.test("createStore() writes into the folder that a link names and keeps the link", async () => {
  const path = await newStorePath();
  const link = join(dirname(path), "link");
  await createStore(path, sampleOptions, (writer) => fillImages(writer, 6));
  await Deno.symlink(path, link);
  await createStore(link, force, (writer) => fillImages(writer, 7));
  assertEquals((await Deno.lstat(link)).isSymlink, true);
  await using store = await openStore(path);
  assertEquals(store.manifest.rows, 7);
});

Deno.test("createStore() takes paths that end in a slash or go through dots", async () => {
  const path = await newStorePath();
  await createStore(`${path}/`, sampleOptions, fillImages);
  await createStore(join(path, "..", "a store", "."), force, fillImages);
  assertEquals(await namesIn(dirname(path)), ["a store"]);
});

Deno.test("createStore() replaces a damaged store, and clears files of a replacement that was killed", async () => {
  const path = await newStorePath();
  await createStore(path, sampleOptions, fillImages);
  const names = await namesIn(path);
  await Deno.writeTextFile(join(path, "store.json"), "{ damaged");
  await Deno.writeTextFile(join(path, "input-0-7.0123456789abcdef.bin"), "left over");
  await createStore(path, force, fillImages);
  assertEquals(await namesIn(path), names);
});

Deno.test("createStore() keeps files of the user inside a store that it replaces", async () => {
  const path = await newStorePath();
  await createStore(path, sampleOptions, fillImages);
  await Deno.writeTextFile(join(path, "notes.txt"), "mine");
  await createStore(path, force, (writer) => fillImages(writer, 30));
  assertEquals(await Deno.readTextFile(join(path, "notes.txt")), "mine");
});

Deno.test("createStore() refuses a file in the way and folders with anything else", async () => {
  const path = await newStorePath();
  await Deno.mkdir(path);
  await Deno.mkdir(join(path, "photos"));
  await assertRejects(() => createStore(path, force, fillImages), UsageError, "photos");
  assertEquals(await namesIn(path), ["photos"]);
});
