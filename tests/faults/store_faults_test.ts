import { assert, assertEquals } from "../assert.ts";
import { fillImages, namesIn, newStorePath, sampleOptions } from "../store/sample_stores.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore, verifyStore } from "../../lib/store/store.ts";
import { StorageError } from "../../lib/util/errors.ts";
import { dirname, fromFileUrl, join } from "../../lib/util/path.ts";
import { failingFileSystem } from "./failing_file_system.ts";

const small = { ...sampleOptions, shardBytes: 64 };

/** What is at the path: nothing, or a store whose every byte is verified, known by its rows. */
async function rowsAt(path: string): Promise<number | undefined> {
  if (!(await namesIn(dirname(path))).includes("a store")) return undefined;
  await using store = await openStore(path);
  await verifyStore(store);
  for (const name of store.splits) {
    const split = await store.split(name);
    assert(split.source.kind === "list");
    await split.read(split.source.ids);
  }
  return store.manifest.rows;
}

for (const stays of [false, true]) {
  const how = stays ? "and every later one" : "alone";

  Deno.test(`createStore() leaves no store when operation N ${how} fails, for every N`, async () => {
    const path = await newStorePath();
    let complete = 0;
    for (let n = 1; complete === 0; n++) {
      const { fileSystem, operations } = failingFileSystem(n, { stays });
      try {
        await createStore(path, { ...small, fileSystem }, (writer) => fillImages(writer, 10));
        // A failure of the clean-up alone is no failure of the store.
        complete = operations();
        assertEquals(await rowsAt(path), 10);
      } catch (error) {
        assert(error instanceof StorageError, String(error));
        assertEquals(error.exitCode, 4);
        // The operation after the last rename syncs the parent folder: the store is complete then.
        const rows = await rowsAt(path);
        assert(rows === undefined || rows === 10);
        if (!stays) assertEquals(await namesIn(dirname(path)), rows === 10 ? ["a store"] : []);
        if (rows === 10) await Deno.remove(path, { recursive: true });
      }
    }
    assert(complete > 20, `only ${complete} operations were tried`);
    assertEquals(await namesIn(dirname(path)), ["a store"]);
  });

  Deno.test(`createStore() keeps the previous store when operation N ${how} fails, for every N`, async () => {
    const path = await newStorePath();
    await createStore(path, small, (writer) => fillImages(writer, 12));
    const before = await namesIn(path);
    let replaced = 0;
    for (let n = 1; replaced === 0; n++) {
      const { fileSystem, operations } = failingFileSystem(n, { stays });
      const options = { ...small, fileSystem, force: true };
      try {
        // Rows 0..9 are the same as before: their shards have the same names in both stores.
        await createStore(path, options, (writer) => fillImages(writer, 10));
        replaced = operations();
      } catch (error) {
        assert(error instanceof StorageError, String(error));
      }
      const rows = await rowsAt(path);
      assert(rows === 12 || rows === 10);
      if (!stays) {
        assertEquals(await namesIn(dirname(path)), ["a store"]);
        if (rows === 12) assertEquals(await namesIn(path), before);
      }
      if (rows === 10 && replaced === 0) {
        await createStore(path, { ...small, force: true }, (writer) => fillImages(writer, 12));
        assertEquals(await namesIn(path), before);
      }
    }
    assert(replaced > 30, `only ${replaced} operations were tried`);
    assertEquals(await rowsAt(path), 10);
  });
}

Deno.test("createStore() with a journal fails cleanly when operation N fails, for every N", async () => {
  const path = await newStorePath();
  const options = { ...small, origin: { seed: 1 } };
  let complete = 0;
  for (let n = 1; complete === 0; n++) {
    const { fileSystem, operations } = failingFileSystem(n);
    try {
      await createStore(path, { ...options, fileSystem }, (writer) => fillImages(writer, 10));
      complete = operations();
    } catch (error) {
      assert(error instanceof StorageError, String(error));
      const rows = await rowsAt(path);
      assertEquals(await namesIn(dirname(path)), rows === 10 ? ["a store"] : []);
      if (rows === 10) await Deno.remove(path, { recursive: true });
    }
  }
  assert(complete > 40, `only ${complete} operations were tried`);
  assertEquals(await rowsAt(path), 10);
});

Deno.test("createStore() is complete or absent when its process is killed at any time", async () => {
  const path = await newStorePath();
  const create = new URL("../../lib/store/create_store.ts", import.meta.url);
  const samples = new URL("../store/sample_stores.ts", import.meta.url);
  const script = `
    import { createStore } from ${JSON.stringify(create.href)};
    import { fillImages, sampleOptions } from ${JSON.stringify(samples.href)};
    console.log("ready");
    for (let rows = 10;; rows = rows === 10 ? 20 : 10) {
      const options = { ...sampleOptions, shardBytes: 64, force: true };
      await createStore(${JSON.stringify(path)}, options, (writer) => fillImages(writer, rows));
    }
  `;
  const scriptPath = join(dirname(path), "script.ts");
  await Deno.writeTextFile(scriptPath, script);
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const args = ["run", "--no-check", "--no-lock", "--config", config, "--allow-read"];
  for (let round = 0; round < 8; round++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, `--allow-write=${dirname(path)}`, scriptPath],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    assert((await reader.read()).value !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 3 + 17 * round));
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    const rows = await rowsAt(path);
    assert(rows === undefined || rows === 10 || rows === 20, `round ${round}: ${rows}`);
  }
  // The lock died with its holder, and what was left over goes.
  await createStore(path, { ...small, force: true }, (writer) => fillImages(writer, 10));
  assertEquals(await namesIn(dirname(path)), ["a store", "script.ts"]);
  assertEquals(await rowsAt(path), 10);
});

Deno.test("createStore() says that a folder cannot be written", async () => {
  const path = await newStorePath();
  await Deno.writeTextFile(path, "a file");
  const inside = join(path, "store");
  try {
    await createStore(inside, small, fillImages);
    assert(false, "the parent is a file");
  } catch (error) {
    assert(error instanceof StorageError, String(error));
    assert(error.message.startsWith(`Cannot write the store "${inside}": `), error.message);
  }
  assertEquals(await Deno.readTextFile(path), "a file");
});
