import { assertEquals, assertRejects } from "../../assert.ts";
import { failingFileSystem } from "../../faults/failing_file_system.ts";
import {
  openSafetensors,
  readSafetensors,
  writeSafetensors,
} from "../../../lib/formats/tensor/safetensors.ts";
import { DataError, MissingError, StorageError } from "../../../lib/util/errors.ts";
import { float32, int32, type NdArray, ndarray } from "../../../lib/util/ndarray.ts";
import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { makeTempDir } from "../../temporary.ts";

const fixture = fromFileUrl(
  new URL("../../fixtures/safetensors/every_dtype.safetensors", import.meta.url),
);

Deno.test("readSafetensors() reads every element type that the original package writes", async () => {
  const { metadata, tensors } = await readSafetensors(fixture);
  const halves = [-2, -1.5, 0, 0.333251953125, 1, 65504];
  const expected: Record<string, NdArray> = {
    "a.float32": float32([2, 3], halves),
    "b.float64": ndarray("float64", [3], Float64Array.of(Math.PI, -Infinity, NaN)),
    "c.float16": float32([8], [...halves, 2 ** -24, Infinity]),
    "d.bfloat16": float32([4], [1, -2.5, 3.140625, Infinity]),
    "e.int8": ndarray("int8", [3], Int8Array.of(-128, 0, 127)),
    "f.uint8": ndarray("uint8", [3], Uint8Array.of(0, 128, 255)),
    "g.int16": ndarray("int16", [2], Int16Array.of(-32768, 32767)),
    "h.uint16": ndarray("uint16", [2], Uint16Array.of(0, 65535)),
    "i.int32": int32([2, 1], [-(2 ** 31), 2 ** 31 - 1]),
    "j.uint32": ndarray("uint32", [1], Uint32Array.of(2 ** 32 - 1)),
    "k.int64": ndarray("int64", [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
    "l.uint64": ndarray("uint64", [1], BigUint64Array.of(2n ** 64n - 1n)),
    "m.bool": ndarray("bool", [3], Uint8Array.of(1, 0, 1)),
    "n.scalar": ndarray("int64", [], BigInt64Array.of(7n)),
    "o.empty": float32([0, 3]),
    'p."quoted" ü': float32([1], [1]),
  };
  assertEquals(metadata, { format: "np", note: "ü" });
  assertEquals([...tensors.keys()].sort(), Object.keys(expected).sort());
  for (const [name, array] of Object.entries(expected)) {
    assertEquals(tensors.get(name), array, name);
  }
});

Deno.test("openSafetensors() tells shapes without reading, and reads tensors in any order", async () => {
  using file = await openSafetensors(fixture);
  assertEquals(file.tensors.get("i.int32"), { dtype: "int32", stored: "I32", shape: [2, 1] });
  assertEquals(file.tensors.get("c.float16"), { dtype: "float32", stored: "F16", shape: [8] });
  const [last, first] = await Promise.all([file.read("m.bool"), file.read("j.uint32")]);
  assertEquals([...last.data], [1, 0, 1]);
  assertEquals([...first.data], [2 ** 32 - 1]);
  await assertRejects(() => file.read("q"), DataError, 'Cannot read tensor "q"');
});

Deno.test("writeSafetensors() writes what readSafetensors() reads, in the given order", async () => {
  const path = join(await makeTempDir(), "a.safetensors");
  const tensors = new Map<string, NdArray>([
    ["mask", ndarray("bool", [3], Uint8Array.of(1, 0, 1))],
    ["weight", float32([2, 2], [1, 2, 3, NaN])],
    ["__proto__", int32([], [5])],
    ["count", ndarray("int64", [], BigInt64Array.of(3n))],
    ["none", float32([0])],
  ]);
  await writeSafetensors(path, tensors, { metadata: { step: "12" } });
  const read = await readSafetensors(path);
  assertEquals(read.metadata, { step: "12" });
  assertEquals([...read.tensors], [...tensors]);
});

Deno.test("writeSafetensors() aligns tensors of every element size", async () => {
  const path = join(await makeTempDir(), "a.safetensors");
  await writeSafetensors(path, [
    ["a", ndarray("uint8", [1], Uint8Array.of(1))],
    ["b", float32([1], [2])],
    ["c", ndarray("float64", [1], Float64Array.of(3))],
  ]);
  const bytes = await Deno.readFile(path);
  const length = new DataView(bytes.buffer).getUint32(0, true);
  assertEquals(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assertEquals(Object.keys(header), ["a", "b", "c"]);
  assertEquals(header.c.data_offsets, [0, 8]);
  assertEquals(header.b.data_offsets, [8, 12]);
  assertEquals(header.a.data_offsets, [12, 13]);
});

Deno.test("writeSafetensors() streams a tensor from pieces", async () => {
  const path = join(await makeTempDir(), "a.safetensors");
  async function* chunks() {
    for (let i = 0; i < 3; i++) yield await Promise.resolve(Float32Array.of(i, -i));
  }
  await writeSafetensors(path, [["x", { dtype: "float32", shape: [3, 2], chunks: chunks() }]]);
  assertEquals(
    (await readSafetensors(path)).tensors.get("x"),
    float32([3, 2], [0, -0, 1, -1, 2, -2]),
  );
});

Deno.test("writeSafetensors() writes only the view of an array that it was given", async () => {
  const path = join(await makeTempDir(), "a.safetensors");
  const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  await writeSafetensors(path, Object.entries({ x: ndarray("float32", [2], view) }));
  assertEquals([...(await readSafetensors(path)).tensors.get("x")!.data], [2, 3]);
});

Deno.test("writeSafetensors() leaves nothing behind when a source has another size", async () => {
  const folder = await makeTempDir();
  for (const [given, problem] of [[1, "only 4"], [3, "more"]] as const) {
    const source = { dtype: "float32", shape: [2], chunks: [new Float32Array(given)] } as const;
    await assertRejects(
      () => writeSafetensors(join(folder, "a"), [["x", source]]),
      RangeError,
      `its source gave ${problem} bytes, 8 are wanted`,
    );
  }
  assertEquals([...Deno.readDirSync(folder)], []);
});

Deno.test("writeSafetensors() refuses names that are repeated or reserved", async () => {
  const one = float32([1]);
  const path = join(await makeTempDir(), "a");
  await assertRejects(() => writeSafetensors(path, [["x", one], ["x", one]]), RangeError, "twice");
  await assertRejects(
    () => writeSafetensors(path, [["__metadata__", one]]),
    RangeError,
    "reserved",
  );
});

Deno.test("writeSafetensors() keeps the old file when the disk is full", async () => {
  const path = join(await makeTempDir(), "a.safetensors");
  await writeSafetensors(path, [["x", float32([1], [1])]]);
  const { fileSystem } = failingFileSystem(3);
  await assertRejects(
    () => writeSafetensors(path, [["x", float32([1], [2])]], { fileSystem }),
    StorageError,
    "no space is left",
  );
  assertEquals([...(await readSafetensors(path)).tensors.get("x")!.data], [1]);
});

Deno.test("openSafetensors() says that a file is absent, or has been cut", async () => {
  const folder = await makeTempDir();
  await assertRejects(() => openSafetensors(join(folder, "a")), MissingError);
  const bytes = await Deno.readFile(fixture);
  for (const length of [0, 5, 8, 100, bytes.length - 1]) {
    await Deno.writeFile(join(folder, "b"), bytes.subarray(0, length));
    await assertRejects(() => openSafetensors(join(folder, "b")), DataError, "b");
  }
});
