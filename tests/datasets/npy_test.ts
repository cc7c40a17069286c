import { assertEquals, assertRejects } from "../assert.ts";
import { npy } from "../../lib/datasets/npy.ts";
import { DataError, UsageError } from "../../lib/util/errors.ts";
import { writeNpy } from "../formats/tensor/npy_files.ts";
import { ndarray } from "../../lib/util/ndarray.ts";
import { assertClose, expected, labelsOf, modelRows, own, storedRows } from "./generic/own_data.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

type Options = Record<string, string | number | boolean>;
const read = (name: string, options: Options = {}) =>
  tokenizeToMemory(npy, { raw: own(name), options });

Deno.test("npy equals NumPy: 8-bit images of an archive, channels last, splits by name", async () => {
  const store = await read("arrays.npz", { label: "y", channelsLast: true });
  const { train, test, labels, testLabels } = expected.arrays;
  assertEquals(storedRows(store, "train"), train);
  assertEquals(storedRows(store, "test"), test);
  assertEquals([labelsOf(store, "train"), labelsOf(store, "test")], [labels, testLabels]);
  assertEquals(store.declaration.task!.classNames, ["5", "9"]);
  assertEquals(store.declaration.columns, [{ dtype: "uint8", divisor: 255 }]);
  assertEquals(store.declaration.inputs, [
    { kind: "image", channels: 3, height: 6, width: 6, patch: 3 },
  ]);
});

Deno.test("npy equals NumPy: series in Fortran order with big-endian targets, normalised", async () => {
  const store = await read("arrays", { label: "y" });
  const { train, test, targets } = expected.signals;
  assertClose(modelRows(store, "train"), train, 2e-5);
  assertClose(modelRows(store, "test"), test, 2e-5);
  assertEquals(labelsOf(store, "train"), targets);
  assertEquals(store.declaration.task!.kind, "regression");
  assertEquals(store.declaration.inputs, [{ kind: "series", channels: 2, length: 10, patch: 5 }]);
});

Deno.test("npy equals NumPy: token ids of 64 bits", async () => {
  const store = await read("tokens.npy", { kind: "tokens" });
  assertEquals(storedRows(store, "train"), expected.tokens.train);
  assertEquals(storedRows(store, "test"), expected.tokens.test);
  assertEquals(store.declaration.inputs, [{ kind: "tokens", vocabulary: 300, length: 6 }]);
  assertEquals(store.declaration.columns, [{ dtype: "uint16" }]);
});

Deno.test("npy takes two axes as a table", async () => {
  const store = await read("tokens.npy", { normalize: "none" });
  assertEquals(store.declaration.inputs, [{ kind: "tabular", features: 6 }]);
  assertEquals(storedRows(store, "test"), expected.tokens.test);
});

Deno.test("npy refuses shapes, kinds and labels that do not fit", async () => {
  const refused = (name: string, options: Options, message: string) =>
    assertRejects(() => read(name, options), UsageError, message);
  await refused("tokens.npy", { kind: "image" }, "its samples have the shape (6)");
  await refused("arrays.npz", { label: "z" }, 'Unknown array "z": the valid names are x_train, ');
  await refused(
    "arrays.npz",
    { channelsLast: true, patch: 4 },
    "6 x 6 is no multiple of the patch 4",
  );
  await assertRejects(
    () => read("arrays", { label: "x" }),
    DataError,
    "its shape is (12, 2, 10), 12 labels are wanted",
  );
  await refused("arrays", { kind: "tokens" }, "its samples have the shape (2, 10)");
});

Deno.test("npy refuses damaged arrays, missing values and ids below 0", async () => {
  await inFolder(async (folder) => {
    const raw = `${folder}/x.npy`;
    const convert = (options: Options = {}) => tokenizeToMemory(npy, { raw, options });
    const write = (values: number[], dtype: "float32" | "int32") => {
      const data = dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
      return Deno.writeFile(raw, writeNpy(ndarray(dtype, [3, 2], data)));
    };
    await write([1, 2, 3, NaN, 5, 6], "float32");
    await assertRejects(convert, DataError, `row 1 of "${raw}": element 1 is NaN`);
    await assertRejects(() => convert({ kind: "tokens" }), UsageError, "whole numbers are wanted");
    await write([1, 2, 3, -4, 5, 6], "int32");
    await assertRejects(() => convert({ kind: "tokens" }), DataError, "has the id -4");
    const bytes = await Deno.readFile(raw);
    await Deno.writeFile(raw, bytes.slice(0, -3));
    await assertRejects(convert, DataError, "its header promises 152");
    await Deno.writeTextFile(raw, "no array");
    await assertRejects(convert, DataError, "it is no .npy file");
  });
});
