import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { memorySource } from "../../../lib/formats/bytes/byte_source.ts";
import { openHdf5 } from "../../../lib/formats/hdf5/hdf5.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/hdf5/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));
const open = (name: string, bytes = bytesOf(name)) => openHdf5(memorySource(name, bytes));
const expected: Record<string, Record<string, { shape: number[]; sha256: string }>> = JSON.parse(
  Deno.readTextFileSync(new URL("../hdf5.json", folder)),
);
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

for (const [name, sets] of Object.entries(expected)) {
  Deno.test(`openHdf5() reads every data set that h5py wrote: ${name}`, async () => {
    const file = await open(name);
    for (const [path, { shape, sha256: wanted }] of Object.entries(sets)) {
      const data = await file.open(`a/b/${path}`);
      assertEquals(data.shape, shape, path);
      assertEquals(sha256(await data.read()), wanted, path);
    }
  });

  Deno.test(`openHdf5() follows references: ${name}`, async () => {
    const file = await open(name);
    const references = await file.open("a/b/references");
    assertEquals(references.shape, [2, 1]);
    assertEquals(references.type.kind, "reference");
    const addresses = new BigUint64Array((await references.read()).buffer);
    for (const [i, path] of ["bytes", "doubles"].entries()) {
      const data = await file.at(Number(addresses[i]));
      assertEquals(data.shape, sets[path]!.shape);
      assertEquals(sha256(await data.read()), sets[path]!.sha256);
    }
  });
}

Deno.test("openHdf5() tells element types and attributes", async () => {
  const file = await open("earliest_512.h5");
  const bytes = await file.open("a/b/bytes");
  assertEquals(bytes.type, { kind: "integer", bytes: 1, signed: false, bigEndian: false });
  assertEquals(new TextDecoder().decode(bytes.attributes.get("MATLAB_class")!.data), "uint8");
  assertEquals([...bytes.attributes.get("MATLAB_empty")!.data], [1]);
  assertEquals(bytes.attributes.get("long5")!.count, 50);
  const doubles = await file.open("a/b/doubles");
  assertEquals([doubles.type.kind, doubles.type.bytes], ["float", 8]);
  const compact = await file.open("a/b/compact");
  assertEquals([compact.type.signed, compact.type.bigEndian], [true, true]);
});

Deno.test("openHdf5() says what is not there, and which layouts it does not read", async () => {
  const file = await open("latest_0.h5");
  await assertRejects(
    () => file.open("a/c/x"),
    DataError,
    'Cannot read "latest_0.h5": it holds no "a/c"',
  );
  await assertRejects(() => file.open("a"), DataError, "is no data set");
  await assertRejects(
    () => file.open("dense/member3"),
    DataError,
    "a group on the way to its data has too many members",
  );
  const chunks = await file.open("a/b/chunks");
  await assertRejects(() => chunks.read(), DataError, "it has chunks of a newer kind");
  await assertRejects(
    () => open("a.mat", new Uint8Array(5000)),
    DataError,
    'Cannot read "a.mat": it is no HDF5 file (MATLAB 7.3)',
  );
});

/** Reads all data sets of a file, and follows its references. */
async function readEverything(name: string, bytes: Uint8Array<ArrayBuffer>) {
  const file = await open(name, bytes);
  for (const path of ["bytes", "doubles", "chunks", "many_chunks", "compact", "references"]) {
    await (await file.open(`a/b/${path}`)).read();
  }
}

Deno.test("openHdf5() notices every cut", async () => {
  const bytes = bytesOf("earliest_512.h5");
  // The library may leave unused bytes at the end.
  for (let length = 0; length < bytes.length - 4096; length += 311) {
    await assertRejects(() => readEverything("cut", bytes.slice(0, length)), DataError);
  }
});

Deno.test("openHdf5() gives data or a data error whatever byte is changed", async () => {
  for (const name of ["earliest_0.h5", "v108_2048.h5"]) {
    const bytes = bytesOf(name);
    let refused = 0;
    for (let at = name === "v108_2048.h5" ? 2048 : 0; at < bytes.length; at += 89) {
      const changed = bytes.slice();
      changed[at]! ^= 0xff;
      try {
        await readEverything(name, changed);
      } catch (error) {
        assert(error instanceof DataError, `${name}, byte ${at}: ${error}`);
        refused++;
      }
    }
    assert(refused > 10);
  }
});
