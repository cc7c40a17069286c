import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { DataError, MissingError, StorageError } from "../../lib/util/errors.ts";
import { readAll } from "../../lib/formats/bytes/byte_source.ts";
import {
  checkAllFound,
  checkOfficial,
  entryPath,
  findRaw,
  type FoundRaw,
  listFolder,
  namedEntries,
  rawContents,
  rawEntries,
} from "../../lib/raw/raw_files.ts";
import { inFolder } from "../datasets/unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";

const archives = fromFileUrl(new URL("../fixtures/raw/archives", import.meta.url));
const file = {
  path: "set.zip",
  url: "https://example.org/set.zip",
  alternatives: ["set", { path: "outer.zip", inner: "deflated.zip" }],
};

async function contents(found: FoundRaw): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for await (const entry of rawEntries(found)) {
    const { name } = entry;
    sizes[name] = (await readAll(entry.chunks(), { name, limit: 1e6 })).length;
    assertEquals(sizes[name], entry.size);
  }
  return sizes;
}

Deno.test("findRaw() takes the first form that is there", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/set`);
    assertEquals(await findRaw("toy", folder, file), {
      form: { path: "set" },
      path: `${folder}/set`,
      kind: "folder",
      bytes: (await Deno.stat(`${folder}/set`)).size,
    });
    await Deno.writeFile(`${folder}/set.zip`, new Uint8Array(5));
    const found = await findRaw("toy", folder, file);
    assertEquals([found.path, found.kind, found.bytes], [`${folder}/set.zip`, "file", 5]);
  });
});

Deno.test("findRaw() takes a form that is named itself", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/set`);
    assertEquals((await findRaw("toy", `${folder}/set`, file)).path, `${folder}/set`);
    await Deno.writeFile(`${folder}/set.zip`, new Uint8Array(5));
    assertEquals((await findRaw("toy", `${folder}/set.zip`, file)).kind, "file");
  });
});

Deno.test("findRaw() says which file to put where, and what would do as well", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(() => findRaw("toy", folder, file), MissingError);
    assertEquals(
      error.message,
      `Cannot tokenize "toy": "${folder}/set.zip" is missing ("set", "outer.zip" would do as well)`,
    );
    const place = `put it at "${folder}/set.zip"`;
    assertEquals(error.hint, `Download https://example.org/set.zip and ${place}`);
    const byHand = { path: "set.zip", how: "Register at the site" };
    const other = await assertRejects(() => findRaw("toy", folder, byHand), MissingError);
    assertEquals(other.hint, `Register at the site and ${place}`);
  });
});

Deno.test("checkOfficial() knows the official file by its digest", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.txt`, "abc");
    const warnings: string[] = [];
    const check = (form: { bytes?: number; md5?: string; sha256?: string }) =>
      checkOfficial(
        { form: { path: "a.txt", ...form }, path: `${folder}/a.txt`, kind: "file", bytes: 3 },
        { warn: (message) => void warnings.push(message) },
      );
    const md5 = "900150983cd24fb0d6963f7d28e17f72";
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertEquals(await check({ md5 }), true);
    assertEquals(await check({ bytes: 3, sha256 }), true);
    assertEquals(await check({}), false);
    assertEquals(warnings, []);
    assertEquals(await check({ bytes: 4, sha256 }), false);
    assertEquals(await check({ md5: "0".repeat(32) }), false);
    assertEquals(warnings, [
      `"${folder}/a.txt" is not the official file: it has 3 bytes, the official one has 4`,
      `"${folder}/a.txt" is not the official file: its md5 is ${md5}, wanted ${"0".repeat(32)}`,
    ]);
    await assertRejects(
      () => check({ bytes: 3, sha256: "0".repeat(64) }),
      DataError,
      "it is damaged, its sha256 is ba7816bf",
    );
  });
});

Deno.test("rawEntries() gives the same files packed, unpacked and inside another archive", async () => {
  const packed = await findRaw("toy", archives, { path: "deflated.zip" });
  const expected = await contents(packed);
  assertEquals(Object.keys(expected).length, 5);
  assertEquals(await contents(await findRaw("toy", archives, file)), expected);
  await inFolder(async (folder) => {
    for await (const entry of rawEntries(packed)) {
      await Deno.mkdir(`${folder}/set`, { recursive: true });
      const { name } = entry;
      await Deno.writeFile(
        `${folder}/${name}`,
        await readAll(entry.chunks(), { name, limit: 1e6 }),
      );
    }
    const found = await findRaw("toy", folder, file);
    const unpacked = await contents(found);
    assertEquals(unpacked, expected);
    assertEquals(Object.keys(unpacked), Object.keys(unpacked).toSorted());
    for await (const entry of rawEntries(found)) {
      assertEquals((await Deno.stat(entryPath(found, entry))).size, entry.size);
    }
  });
});

Deno.test("rawEntries() says when the inner archive is missing", async () => {
  const found = await findRaw("toy", archives, { path: "outer.zip", inner: "other.zip" });
  await assertRejects(() => contents(found), DataError, 'it has no "other.zip"');
});

Deno.test("rawEntries() walks sub-folders and ends at a folder that holds itself", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/set/b`, { recursive: true });
    for (const file of ["c.txt", "b/z.txt", "a.txt"]) {
      await Deno.writeTextFile(`${folder}/set/${file}`, file);
    }
    const found = await findRaw("toy", folder, file);
    assertEquals(await contents(found), { "set/a.txt": 5, "set/b/z.txt": 7, "set/c.txt": 5 });
    // 33 levels of folders stand for a link that leads back: making links needs wider permissions.
    await Deno.mkdir(`${folder}/set/${"d/".repeat(33)}`, { recursive: true });
    await assertRejects(() => contents(found), DataError, "more than 32 levels deep");
  });
});

Deno.test("findRaw() passes on that a folder may not be read", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    // A file in place of the folder is the same as no folder.
    await assertRejects(() => findRaw("toy", `${folder}/file`, file), MissingError, "is missing");
    const long = { path: "x".repeat(300) };
    await assertRejects(() => findRaw("toy", folder, long), StorageError, "the name is too long");
  });
});

Deno.test("rawContents() reads a file, or the file of an archive that the form names", async () => {
  const read = async (form: { readonly path: string; readonly inner?: string }) => {
    const { name, chunks } = await rawContents(await findRaw("toy", archives, form));
    return [name, (await readAll(chunks, { name, limit: 1e6 })).length] as const;
  };
  const { size } = await Deno.stat(`${archives}/deflated.zip`);
  assertEquals(await read({ path: "deflated.zip" }), [`${archives}/deflated.zip`, size]);
  assertEquals(
    await read({ path: "outer.zip", inner: "deflated.zip" }),
    [`${archives}/outer.zip/deflated.zip`, size],
  );
  await assertRejects(
    () => read({ path: "outer.zip", inner: "other.csv" }),
    DataError,
    'it has no "other.csv"',
  );
});

const names = ["b.txt", "a.txt"];
const named = { path: "set.zip", alternatives: ["set", ...names] };
const text = (contents: string) => new TextEncoder().encode(contents);

async function read(folder: string) {
  const found: [string, string, string][] = [];
  for await (
    const { name, path, chunks } of namedEntries(await findRaw("toy", folder, named), names)
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

Deno.test("findRaw() says which archive to get when nothing is there", async () => {
  await inFolder(async (folder) => {
    await assertRejects(
      () => findRaw("toy", folder, named),
      MissingError,
      `"${folder}/set.zip" is missing ("set", "b.txt", "a.txt" would do as well)`,
    );
  });
});

Deno.test("listFolder() gives sorted names, and none where there is no folder", async () => {
  await inFolder(async (folder) => {
    for (const name of ["b", "a.txt", "B", "10", "9"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await Deno.mkdir(`${folder}/c`);
    assertEquals(await listFolder(folder), ["10", "9", "B", "a.txt", "b", "c"]);
    assertEquals(await listFolder(`${folder}/nothing`), []);
    assertEquals(await listFolder(`${folder}/b`), []);
    assertEquals(await listFolder(`${folder}/b/below`), []);
  });
});
