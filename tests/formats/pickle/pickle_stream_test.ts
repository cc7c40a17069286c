import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { findRecalled, readPickle, readPickleStream } from "../../../lib/formats/pickle/pickle.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/pickles/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(`${name}.pkl`, folder));

/** The bytes in small chunks. */
async function* chunksOf(bytes: Uint8Array<ArrayBuffer>, size = 100) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function read(bytes: Uint8Array<ArrayBuffer>, size?: number) {
  const memo = await findRecalled(chunksOf(bytes, size), "a.pkl");
  return await readPickleStream(chunksOf(bytes, size), { name: "a.pkl", memo });
}

for (let protocol = 0; protocol <= 5; protocol++) {
  Deno.test(`readPickleStream() gives what readPickle gives: protocol ${protocol}`, async () => {
    for (const kind of ["data", "numpy"]) {
      const bytes = bytesOf(`${kind}_${protocol}`);
      assertEquals(await read(bytes), readPickle(bytes, { name: "a.pkl" }), kind);
    }
  });
}

Deno.test("findRecalled() finds the entries that are recalled, and readPickleStream needs no others", async () => {
  const bytes = bytesOf("data_2");
  const recalled = await findRecalled(chunksOf(bytes), "a.pkl");
  assert(recalled.size > 0 && recalled.size < 60, `${recalled.size} entries`);
  const less = new Set([...recalled].slice(1));
  await assertRejects(
    () => readPickleStream(chunksOf(bytes), { name: "a.pkl", memo: less }),
    DataError,
    "nothing was memorised at",
  );
});

/** A list of byte strings of 4 MiB each: 80 MiB, more than is held at once. */
function longPickle(strings: number) {
  const size = 1 << 22;
  const bytes = new Uint8Array(4 + strings * (size + 5) + 2);
  bytes.set([0x80, 2, 0x5d, 0x28]);
  for (let i = 0; i < strings; i++) {
    const at = 4 + i * (size + 5);
    bytes[at] = 0x42;
    new DataView(bytes.buffer).setUint32(at + 1, size, true);
    bytes.fill(i, at + 5, at + 5 + size);
  }
  bytes.set([0x65, 0x2e], bytes.length - 2);
  return bytes;
}

Deno.test("readPickleStream() reads pickles that are longer than its window", async () => {
  const value = await read(longPickle(20), 1 << 18) as Uint8Array[];
  assertEquals(value.length, 20);
  for (const [i, string] of value.entries()) {
    assertEquals([string.length, string[0], string.at(-1)], [1 << 22, i, i]);
  }
});

Deno.test("readPickleStream() hands out arrays as they are finished", async () => {
  const bytes = bytesOf("numpy_2");
  const seen: unknown[] = [];
  let pauses = 0;
  const value = await readPickleStream(chunksOf(bytes), {
    name: "a.pkl",
    memo: await findRecalled(chunksOf(bytes), "a.pkl"),
    visit: (object) => void seen.push(object),
    pause: () => {
      pauses++;
      return Promise.resolve();
    },
  });
  assert(value instanceof Map);
  for (const array of value.values()) assert(seen.includes(array));
  assert(pauses > 1);
});

Deno.test("readPickleStream() notices every cut, and refuses what readPickle refuses", async () => {
  const bytes = bytesOf("numpy_4");
  for (let length = 0; length < bytes.length; length += 7) {
    await assertRejects(
      () => read(bytes.slice(0, length)),
      DataError,
      `length ${length}`.slice(99),
    );
  }
  await assertRejects(
    () => read(bytesOf("hostile_system_2")),
    DataError,
    "which is not allowed",
  );
  await assertRejects(() => read(bytesOf("hostile_persistent")), DataError, "is not allowed");
});

Deno.test("readPickleStream() names the position in the whole pickle", async () => {
  const bytes = longPickle(18);
  bytes[bytes.length - 1] = 0xff;
  await assertRejects(
    () => read(bytes, 1 << 20),
    DataError,
    `the operation "0xff" is not allowed (byte ${bytes.length})`,
  );
});
