import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { checkAllFound, formsOf, namedEntries } from "../../lib/raw/named_entries.ts";
import { findRaw } from "../../lib/raw/raw_files.ts";
import { readAll } from "../../lib/formats/bytes/byte_source.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { inFolder } from "../datasets/unpack.ts";

const names = ["b.txt", "a.txt"];
const forms = formsOf({ path: "set.zip" }, "set", names);
const text = (contents: string) => new TextEncoder().encode(contents);

async function read(folder: string) {
  const found: [string, string, string][] = [];
  for await (
    const { name, path, chunks } of namedEntries(await findRaw("toy", folder, forms), names)
  ) {
    const bytes = await readAll(chunks(), { name: path, limit: 100 });
    found.push([name, path.slice(folder.length), new TextDecoder().decode(bytes)]);
  }
  return found;
}

Deno.test("namedEntries() finds files in an archive, in its order and wherever they lie", async () => {
  await inFolder(async (folder) => {
    const files = { "x/a.txt": text("A"), "x/c.txt": text("C"), "b.txt": text("B") };
    await Deno.writeFile(`${folder}/set.zip`, zipSync(files));
    assertEquals(await read(folder), [["a.txt", "/set.zip/x/a.txt", "A"], [
      "b.txt",
      "/set.zip/b.txt",
      "B",
    ]]);
  });
});

Deno.test("namedEntries() finds files in a folder, packed ones too", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/set/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/set/b.txt`, "B");
    await Deno.writeFile(`${folder}/set/deep/a.txt.gz`, gzipSync("A"));
    assertEquals(await read(folder), [["b.txt", "/set/b.txt", "B"], [
      "a.txt",
      "/set/deep/a.txt.gz",
      "A",
    ]]);
  });
});

Deno.test("namedEntries() finds files side by side in the raw folder", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.txt`, "A");
    assertEquals(await read(folder), [["a.txt", "/a.txt", "A"]]);
    await Deno.writeTextFile(`${folder}/b.txt`, "B");
    assertEquals((await read(folder)).map(([name]) => name), ["b.txt", "a.txt"]);
  });
});

Deno.test("checkAllFound() names what is missing, and the folder that lacks it", () => {
  const form = { path: "set.zip" };
  const archive = { form, path: "raw/set.zip", kind: "file", bytes: 1 } as const;
  checkAllFound("toy", archive, names, new Set(names));
  assertThrows(
    () => checkAllFound("toy", archive, names, new Set(["a.txt"])),
    MissingError,
    'Cannot tokenize "toy": "raw/set.zip" lacks "b.txt"',
  );
  const loose = { form: { path: "b.txt" }, path: "raw/b.txt", kind: "file", bytes: 1 } as const;
  assertThrows(
    () => checkAllFound("toy", loose, names, new Map([["b.txt", 1]])),
    MissingError,
    '"raw" lacks "a.txt"',
  );
});

Deno.test("formsOf() says which archive to get when nothing is there", async () => {
  await inFolder(async (folder) => {
    await assertRejects(
      () => findRaw("toy", folder, forms),
      MissingError,
      `"${folder}/set.zip" is missing ("set", "b.txt", "a.txt" would do as well)`,
    );
  });
});
