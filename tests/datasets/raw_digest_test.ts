import { assert, assertEquals } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";
import { rawDigest } from "../../lib/datasets/tokenize_dataset.ts";
import { join } from "../../lib/util/path.ts";

/** A folder with a file, and a file in a folder. */
async function makeRaw(): Promise<string> {
  const raw = await makeTempDir();
  await Deno.mkdir(join(raw, "images"));
  await Deno.writeTextFile(join(raw, "images", "1.png"), "one");
  await Deno.writeTextFile(join(raw, "labels.txt"), "1 cat");
  return raw;
}

Deno.test("rawDigest() changes with the name, the size and the time of every file", async () => {
  const raw = await makeRaw();
  const image = join(raw, "images", "1.png");
  const digests = [await rawDigest(raw, "out")];
  const changes: (() => Promise<void>)[] = [
    () => Deno.writeTextFile(image, "longer"),
    () => Deno.utime(image, new Date(1000), new Date(1000)),
    () => Deno.rename(image, join(raw, "images", "2.png")),
    () => Deno.writeTextFile(join(raw, "more.txt"), ""),
    () => Deno.remove(join(raw, "labels.txt")),
  ];
  for (const change of changes) {
    await change();
    digests.push(await rawDigest(raw, "out"));
    assertEquals(digests.at(-1), await rawDigest(raw, "out"));
  }
  assertEquals(new Set(digests).size, digests.length);
});

Deno.test("rawDigest() of a single file", async () => {
  const raw = await makeRaw();
  const path = join(raw, "labels.txt");
  const before = await rawDigest(path, "out");
  await Deno.writeTextFile(path, "1 cat, 2 dogs");
  assert(await rawDigest(path, "out") !== before);
});

Deno.test("rawDigest() passes over stores, and what is written beside them", async () => {
  const raw = await makeRaw();
  const out = join(raw, "new.store");
  const before = await rawDigest(raw, out);
  for (const name of ["old.store", "new.store", ".new.store.tmp-0123abcd"]) {
    await Deno.mkdir(join(raw, name));
    await Deno.writeTextFile(join(raw, name, "input-0-0.partial"), "rows");
  }
  await Deno.writeTextFile(join(raw, ".new.store.lock"), "");
  await Deno.writeTextFile(join(raw, "old.store", "store.json"), "{}");
  assertEquals(await rawDigest(raw, out), before);
  await Deno.mkdir(join(raw, "no store"));
  await Deno.writeTextFile(join(raw, "no store", "a"), "");
  assert(await rawDigest(raw, out) !== before);
});

Deno.test("rawDigest() ends where links lead in circles or nowhere", async () => {
  const raw = await makeRaw();
  const before = await rawDigest(raw, "out");
  for (const name of ["a", "b"]) await Deno.symlink(raw, join(raw, "images", name));
  await Deno.symlink(join(raw, "gone"), join(raw, "nowhere"));
  const after = await rawDigest(raw, "out");
  assert(after !== before);
  await Deno.writeTextFile(join(raw, "gone"), "back");
  assert(await rawDigest(raw, "out") !== after);
});
