import { gunzipSync } from "node:zlib";
import { assertEquals, assertRejects } from "../../assert.ts";
import { memorySource, readAll } from "../../../lib/formats/bytes/byte_source.ts";
import { indexTar, readTar } from "../../../lib/formats/archive/tar.ts";
import { DataError } from "../../../lib/util/errors.ts";

/** A header and the bytes that follow it, for archives that Python would not write. */
function entry(name: string, data: Uint8Array, type = "0") {
  const block = new Uint8Array(512);
  const encoder = new TextEncoder();
  block.set(encoder.encode(name));
  block.set(encoder.encode(data.length.toString(8).padStart(11, "0")), 124);
  block.set(encoder.encode(`        ${type}`), 148);
  block.set(encoder.encode("ustar  "), 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(encoder.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  const body = new Uint8Array(Math.ceil(data.length / 512) * 512);
  body.set(data);
  return [...block, ...body];
}

const end = new Array(1024).fill(0);
const archive = (...entries: number[][]) =>
  memorySource("a.tar", Uint8Array.from([...entries.flat(), ...end]));

Deno.test("indexTar() finds the files of an archive that Python wrote, where readTar finds them", async () => {
  const packed = new URL("../../fixtures/raw/cifar10/cifar-10-binary.tar.gz", import.meta.url);
  const bytes = new Uint8Array(gunzipSync(await Deno.readFile(packed)));
  const source = memorySource("cifar.tar", bytes);
  const members = await indexTar(source);
  const read: [string, number[]][] = [];
  const chunks = async function* () {
    yield bytes;
  };
  for await (const { name, chunks: body } of readTar(chunks(), { name: "cifar.tar" })) {
    read.push([name, [...await readAll(body(), { name, limit: 1 << 20 })]]);
  }
  const indexed = await Promise.all(
    members.map(async ({ name, start, end }) => [name, [...await source.read(start, end - start)]]),
  );
  assertEquals(indexed.length, 7);
  assertEquals(indexed, read);
});

Deno.test("indexTar() passes over folders and gives the places of files", async () => {
  const folder = entry("n01440764", new Uint8Array(0), "5");
  const file = entry("n01440764.tar", new Uint8Array(700).fill(7));
  const members = await indexTar(archive(folder, file));
  assertEquals(members, [{ name: "n01440764.tar", start: 1024, end: 1724 }]);
});

Deno.test("indexTar() refuses links, other files, wrong headers and cut archives", async () => {
  const refuse = (source: ReturnType<typeof archive>, message: string) =>
    assertRejects(() => indexTar(source), DataError, `Cannot unpack "${source.name}": ${message}`);
  const file = entry("a", new Uint8Array(10));
  await refuse(
    archive(entry("a", new Uint8Array(0), "2")),
    'the entry "a" is of the type "2", a plain file is wanted',
  );
  await refuse(
    archive(entry("../a", new Uint8Array(0))),
    'the entry "../a" points outside the archive',
  );
  const wrong = entry("b", new Uint8Array(0));
  wrong[0] = 99;
  await refuse(archive(file, wrong), "it is damaged, the header at byte 1024 is wrong");
  await refuse(memorySource("a.tar", new Uint8Array(600).fill(65)), "it is no tar archive");
  await refuse(memorySource("a.tar", Uint8Array.from(file)), "it is cut off at byte 1024");
  const cut = Uint8Array.from([...entry("a", new Uint8Array(2000)).slice(0, 1200)]);
  await refuse(memorySource("a.tar", cut), 'it is cut off in the entry "a"');
});
