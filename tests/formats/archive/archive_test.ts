import { zipSync } from "fflate";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { DataError, MissingError } from "../../../lib/util/errors.ts";
import { readArchive, readArchiveSource } from "../../../lib/formats/archive/archive.ts";
import { type ArchiveLimits, defaultLimits } from "../../../lib/formats/archive/archive_entry.ts";
import { memorySource, openFileSource, readAll } from "../../../lib/formats/bytes/byte_source.ts";
import { readZip } from "../../../lib/formats/archive/zip.ts";
import { fromFileUrl } from "../../../lib/util/path.ts";

const folder = new URL("../../fixtures/raw/archives/", import.meta.url);
const pathOf = (name: string) => fromFileUrl(new URL(name, folder));
const text = (value: string) => new TextEncoder().encode(value);

/** What `make_archives.py` put into every good archive. */
const files: Record<string, Uint8Array> = {
  "set/a.txt": text("alpha\n"),
  "set/empty.bin": new Uint8Array(0),
  "set/pixels.bin": Uint8Array.from({ length: 10_240 }, (_, i) => i % 256),
  [`set/${"long-".repeat(30)}name.txt`]: text("long\n"),
  "set/café.txt": text("café\n"),
};

async function unpack(bytes: Uint8Array<ArrayBuffer>, limits?: ArchiveLimits) {
  const found: Record<string, Uint8Array> = {};
  const source = memorySource("test", bytes);
  for await (const entry of readArchiveSource(source, limits === undefined ? {} : { limits })) {
    found[entry.name] = await readAll(entry.chunks(), { name: entry.name, limit: 2 ** 24 });
    assertEquals(found[entry.name]!.length, entry.size);
  }
  return found;
}

async function unpackFile(name: string) {
  return await unpack(await Deno.readFile(pathOf(name)));
}

const good = [
  "deflated.zip",
  "stored.zip",
  "zip64.zip",
  "pax.tar",
  "gnu.tar",
  "pax.tar.gz",
  "two_members.tar.gz",
];

for (const name of good) {
  Deno.test(`readArchive() gives the files that Python put into ${name}`, async () => {
    assertEquals(await unpackFile(name), files);
  });
}

Deno.test("readArchive() passes over entries that are not read, or read in part", async () => {
  for (const name of ["deflated.zip", "pax.tar.gz"]) {
    const names: string[] = [];
    for await (const entry of readArchive(pathOf(name))) {
      names.push(entry.name);
      if (entry.name === "set/pixels.bin") {
        for await (const _ of entry.chunks()) break;
      }
    }
    assertEquals(names, Object.keys(files));
  }
});

Deno.test("readArchive() closes the file when the reader leaves early", async () => {
  for await (const _ of readArchive(pathOf("pax.tar.gz"))) break;
  for await (const _ of readArchive(pathOf("deflated.zip"))) break;
});

Deno.test("readArchive() gives nothing for an empty zip archive", async () => {
  assertEquals(await unpackFile("empty.zip"), {});
});

const hostile: readonly [string, string][] = [
  ["parent.zip", 'the entry "../../out.txt" points outside the archive'],
  ["absolute.zip", 'the entry "/etc/out.txt" points outside the archive'],
  ["drive.zip", 'the entry "C:/out.txt" points outside the archive'],
  ["backslash.zip", "points outside the archive"],
  ["twice.zip", 'it has two entries "a.txt"'],
  ["link.zip", 'the entry "out" is a link, a file is wanted'],
  ["bzip2.zip", "packed by a method other than deflate"],
  ["parent.tar", 'the entry "../out.txt" points outside the archive'],
  ["absolute.tar", 'the entry "/etc/out.txt" points outside the archive'],
  ["symlink.tar", 'the entry "out" is a symlink, a file is wanted'],
  ["hardlink.tar", 'the entry "b" is a link, a file is wanted'],
  ["device.tar", 'the entry "null" is a character-device, a file is wanted'],
];

for (const [name, message] of hostile) {
  Deno.test(`readArchive() refuses ${name}`, async () => {
    await assertRejects(() => unpackFile(name), DataError, message);
  });
}

Deno.test("readArchive() notices every cut, or the cut took nothing away", async () => {
  for (const name of ["deflated.zip", "zip64.zip", "pax.tar", "pax.tar.gz", "two_members.tar.gz"]) {
    const bytes = await Deno.readFile(pathOf(name));
    const step = Math.max(1, Math.floor(bytes.length / 83));
    for (let length = 0; length < bytes.length; length += step) {
      try {
        assertEquals(await unpack(bytes.slice(0, length)), files, `${name} cut at ${length}`);
        assertEquals(name, "pax.tar", `${name} cut at ${length} went unnoticed`);
      } catch (error) {
        assert(error instanceof DataError, `${name} cut at ${length}: ${error}`);
      }
    }
  }
});

Deno.test("readArchive() notices a cut between two entries of a tar archive", async () => {
  const bytes = await Deno.readFile(pathOf("hardlink.tar"));
  await assertRejects(() => unpack(bytes.slice(0, 1024)), DataError, "cut off");
});

Deno.test("readArchive() never gives changed contents when a bit was flipped", async () => {
  const contents = (found: Record<string, Uint8Array>) => Object.values(found).map(String).sort();
  const expected = contents(files);
  for (const name of ["deflated.zip", "stored.zip", "pax.tar.gz"]) {
    const original = await Deno.readFile(pathOf(name));
    const step = Math.max(1, Math.floor(original.length / 211));
    for (let at = 0; at < original.length; at += step) {
      const bytes = original.slice();
      bytes[at]! ^= 1 << (at % 8);
      try {
        assertEquals(contents(await unpack(bytes)), expected, `${name}, byte ${at}`);
      } catch (error) {
        assert(error instanceof DataError, `${name}, byte ${at}: ${error}`);
      }
    }
  }
});

Deno.test("readArchive() names both checksums when a stored entry of a zip was changed", async () => {
  const bytes = await Deno.readFile(pathOf("stored.zip"));
  bytes[40]! ^= 1;
  await assertRejects(() => unpack(bytes), DataError, "its CRC-32 is");
});

Deno.test("readArchive() stops a decompression bomb in a zip and in a tar.gz", async () => {
  const zeros = new Uint8Array(70 * 2 ** 20);
  const bomb = zipSync({ "zeros.bin": [zeros, { level: 9 }] }) as Uint8Array<ArrayBuffer>;
  await assertRejects(() => unpack(bomb), DataError, "at most 200 times as many are allowed");
  const gzipBomb = new Uint8Array(
    await new Response(new Blob([zeros]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer(),
  );
  await assertRejects(() => unpack(gzipBomb), DataError);
});

Deno.test("readArchive() keeps the limits on entries and bytes that it was given", async () => {
  for (const name of ["deflated.zip", "pax.tar"]) {
    const bytes = await Deno.readFile(pathOf(name));
    await assertRejects(
      () => unpack(bytes, { ...defaultLimits, entries: 3 }),
      DataError,
      "more than the 3 entries allowed",
    );
    await assertRejects(
      () => unpack(bytes, { ...defaultLimits, bytes: 5_000 }),
      DataError,
      "more than the 5000 bytes allowed",
    );
  }
});

Deno.test("readArchive() says when a file is no archive, and when there is no file", async () => {
  await assertRejects(() => unpack(text("plain text")), DataError, "neither a zip nor a tar");
  await assertRejects(() => unpack(new Uint8Array(0)), DataError, "neither a zip nor a tar");
  await assertRejects(async () => {
    for await (const _ of readArchive(pathOf("no.zip")));
  }, MissingError);
});

Deno.test("readZip() opens an archive inside an archive, deflated or stored", async () => {
  for (const name of ["outer.zip", "outer_stored.zip"]) {
    await using outer = await openFileSource(pathOf(name));
    const entry = (await readZip(outer)).find(({ name }) => name === "deflated.zip")!;
    const inner = await readZip(await entry.source());
    assertEquals(inner.map(({ name }) => name).sort(), Object.keys(files).sort());
    // Twice and backwards: the stream behind a deflated entry has to start again.
    for (const { name, chunks } of [...inner, ...inner.toReversed()]) {
      assertEquals(await readAll(chunks(), { name, limit: 20_000 }), files[name]!);
    }
  }
});

Deno.test("readAll() refuses more bytes than expected", async () => {
  const [entry] = await readZip(memorySource("z", await Deno.readFile(pathOf("stored.zip"))));
  await assertRejects(
    () => readAll(entry!.chunks(), { name: "a.txt", limit: 5 }),
    DataError,
    "more than the 5 bytes expected",
  );
});
