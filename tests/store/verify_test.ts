import { assertEquals, assertRejects } from "../assert.ts";
import { verifyStore } from "../../lib/store/store.ts";
import { DataError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { fillImages, makeStore } from "./sample_stores.ts";

Deno.test("verifyStore() reads every file of a good store", async () => {
  await using store = await makeStore(fillImages, { shardBytes: 64 });
  const progress: number[] = [];
  const checked = await verifyStore(store, { progress: (done) => progress.push(done) });
  // 5 shards of images, labels, two splits of 10 ids.
  assertEquals(checked, { files: 5 + 2 + 2, bytes: 20 * 16 + 20 * 4 + 2 * 40 });
  assertEquals(progress.at(-1), checked.bytes);
});

Deno.test("verifyStore() names every file that has changed", async () => {
  await using store = await makeStore(fillImages, { shardBytes: 64 });
  const names = [2, 4].map((k) => store.manifest.columns[0]!.shards[k]!.file.name);
  for (const name of names) {
    const bytes = await Deno.readFile(join(store.path, name));
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(join(store.path, name), bytes);
  }
  const error = await assertRejects(() => verifyStore(store), DataError, "Cannot trust the store");
  assertEquals(names.every((name) => error.message.includes(name)), true);
});

Deno.test("verifyStore() checks a sample of the files, and every file for some seed", async () => {
  await using store = await makeStore(fillImages, { shardBytes: 64 });
  assertEquals((await verifyStore(store, { sample: 0.3 })).files, 3);
  const name = store.manifest.columns[0]!.shards[0]!.file.name;
  await Deno.writeFile(join(store.path, name), new Uint8Array(64));
  let found = 0;
  for (let seed = 0; seed < 40; seed++) {
    await verifyStore(store, { sample: 0.3, seed }).catch(() => found++);
  }
  assertEquals(found > 0 && found < 40, true);
  await assertRejects(() => verifyStore(store, { sample: 0 }), RangeError, "a fraction in (0, 1]");
});

Deno.test("verifyStore() stops when it is told to", async () => {
  await using store = await makeStore(fillImages);
  const signal = AbortSignal.abort(new Error("stopped"));
  await assertRejects(() => verifyStore(store, { signal }), Error, "stopped");
});
