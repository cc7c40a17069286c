import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { float32, type NdArray, ndarray } from "../../../lib/util/ndarray.ts";
import { memorySource } from "../../../lib/formats/bytes/byte_source.ts";
import { readNpyHeader } from "../../../lib/formats/tensor/npy.ts";
import { readNpy, readNpz, writeNpy, writeNpz } from "./npy_files.ts";

const folder = new URL("../../fixtures/raw/npy/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));
const read = (name: string) => readNpy(bytesOf(name), { name });
const counting = Int32Array.from({ length: 24 }, (_, i) => i);

/** The arrays that `make_pickles.py` wrote. */
const expected: Readonly<Record<string, NdArray>> = {
  "uint8.npy": ndarray("uint8", [2, 3], Uint8Array.of(0, 1, 2, 3, 4, 5)),
  "float32.npy": float32([3], [1.5, -2.25, Infinity]),
  "float64.npy": ndarray("float64", [2, 1], Float64Array.of(0.1, 0.2)),
  "int64.npy": ndarray("int64", [2], BigInt64Array.of(2n ** 40n, -1n)),
  "bool.npy": ndarray("bool", [3], Uint8Array.of(1, 0, 1)),
  "big_endian.npy": ndarray("int16", [3], Int16Array.of(1, 256, -2)),
  "half.npy": float32([4], [1.5, 65504, 2 ** -24, -Infinity]),
  "fortran.npy": ndarray("int32", [2, 3, 4], counting),
  "empty.npy": float32([0, 5]),
  "zero_dimensions.npy": ndarray("float64", [], Float64Array.of(2.5)),
  "version_2.npy": ndarray("uint16", [3], Uint16Array.of(0, 1, 2)),
};

for (const [name, array] of Object.entries(expected)) {
  Deno.test(`readNpy() reads NumPy's ${name}`, () => assertEquals(read(name), array));
}

Deno.test("readNpy() refuses objects, records and complex numbers", () => {
  assertThrows(() => read("objects.npy"), DataError, 'of type "|O", plain numbers are wanted');
  assertThrows(() => read("records.npy"), DataError, "its elements are records");
  assertThrows(() => read("complex.npy"), DataError, 'of type "<c8"');
});

Deno.test("readNpy() notices every cut and trailing bytes", () => {
  const bytes = bytesOf("fortran.npy");
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => readNpy(bytes.slice(0, length), { name: "cut" }), DataError);
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assertThrows(() => readNpy(longer, { name: "a" }), DataError, "it has 97 bytes, its shape");
});

Deno.test("readNpy() refuses hostile headers before it allocates", () => {
  const text = (value: string) => {
    const bytes = new Uint8Array(10 + value.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, value.length, 0]);
    bytes.set(new TextEncoder().encode(value), 10);
    return bytes;
  };
  const header = (shape: string) => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  for (const shape of ["(999999999, 999999999, 999999999)", "(-1,)", "(1e9,)"]) {
    assertThrows(() => readNpy(text(header(shape)), { name: "a" }), DataError);
  }
  assertThrows(() => readNpy(text(header("(99999999,)")), { name: "a" }), DataError, "0 bytes");
  assertThrows(() => readNpy(text("__import__('os')"), { name: "a" }), DataError, "its header is");
  const future = bytesOf("uint8.npy");
  future[6] = 4;
  assertThrows(() => readNpy(future, { name: "a" }), DataError, "version 4");
});

Deno.test("readNpyHeader() tells where the elements are without reading them", () => {
  const bytes = bytesOf("fortran.npy");
  const header = readNpyHeader(bytes.subarray(0, 128), { name: "a" });
  assertEquals([header.dataOffset, header.dataBytes, header.fortran], [128, 96, true]);
  assertEquals(header.shape, [2, 3, 4]);
});

Deno.test("readNpz() reads stored and compressed archives of NumPy", async () => {
  for (const name of ["stored.npz", "deflated.npz"]) {
    const arrays = await readNpz(memorySource(name, bytesOf(name)));
    assertEquals([...arrays.keys()].sort(), ["a", "b"]);
    assertEquals(arrays.get("a"), expected["uint8.npy"]);
    assertEquals(arrays.get("b"), expected["fortran.npy"]);
  }
  const damaged = bytesOf("stored.npz");
  damaged[100]! ^= 1;
  await assertRejects(() => readNpz(memorySource("a.npz", damaged)), DataError, "CRC-32");
});

Deno.test("writeNpy() writes the very bytes that NumPy writes", () => {
  for (const name of ["uint8.npy", "float32.npy", "float64.npy", "int64.npy", "bool.npy"]) {
    assertEquals(writeNpy(expected[name]!), bytesOf(name), name);
  }
  assertEquals(writeNpy(expected["zero_dimensions.npy"]!), bytesOf("zero_dimensions.npy"));
});

Deno.test("writeNpz() writes what readNpz() reads, the same bytes each time", async () => {
  const arrays = new Map([["x", expected["float32.npy"]!], ["y", expected["int64.npy"]!]]);
  const bytes = writeNpz(arrays);
  assertEquals(new Map(await readNpz(memorySource("a.npz", bytes))), arrays);
  assertEquals(writeNpz(arrays), bytes);
  assert(bytes.length < 1000);
});
