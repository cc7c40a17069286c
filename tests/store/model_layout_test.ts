import { assertEquals } from "../assert.ts";
import { modelLayout, type ToModelLayout } from "../../lib/store/store.ts";
import type { StoreColumn } from "../../lib/documents/store_manifest.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { sha256 } from "../../lib/util/hash.ts";
import { int32, typedArrays } from "../../lib/util/ndarray.ts";

type Normalisation = Pick<StoreColumn, "scale" | "divisor" | "mean" | "deviation">;

function conversion(
  input: InputSpec,
  dtype: StoreColumn["dtype"],
  normalisation: Normalisation = {},
  layout: "rows" | "windows" = "rows",
): ToModelLayout {
  return modelLayout(input, { dtype, width: 1, shards: [], ...normalisation }, layout);
}

function digest(
  input: InputSpec,
  column: Normalisation & { dtype: StoreColumn["dtype"] },
  values: number[],
) {
  const { dtype, ...normalisation } = column;
  const elements = typedArrays[dtype].from(values);
  const { data } = conversion(input, dtype, normalisation)(elements, 1);
  return sha256(new Uint8Array(data.buffer));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/*
 * Digests of what NumPy 2.4 computes in float32, for example
 *   u8 = np.arange(256, dtype=np.uint8).astype(np.float32)
 *   sha256(((u8 / np.float32(255) - np.float32(0.1312)) / np.float32(0.3088)).tobytes())
 */
Deno.test("modelLayout() normalises 8-bit values bit for bit as NumPy does in float32", () => {
  const input: InputSpec = { kind: "tabular", features: 256 };
  assertEquals(
    digest(
      input,
      { dtype: "uint8", divisor: 255, mean: [0.1312], deviation: [0.3088] },
      range(0, 256),
    ),
    "0401f2008f8c206d2f041111dc61152884184c0fb7b897f668e02f11397a5e79",
  );
  assertEquals(
    digest(
      input,
      { dtype: "uint8", scale: 1 / 255, mean: [0.5], deviation: [0.5] },
      range(0, 256),
    ),
    "978c41cbf64857201e32ae6672eb149e8b8e1fb02c22fa722fc5ead3edf200d3",
  );
});

Deno.test("modelLayout() normalises 16-bit values a channel bit for bit as NumPy does", () => {
  const all = range(0, 65536);
  const bands: InputSpec = { kind: "series", channels: 2, length: 65536, patch: 1 };
  const column = {
    dtype: "uint16",
    mean: [1354.3003, 12.0956],
    deviation: [244.0469, 4.7207],
  } as const;
  assertEquals(
    digest(bands, { ...column, mean: [...column.mean], deviation: [...column.deviation] }, [
      ...all,
      ...all,
    ]),
    "0b5056ecb8d146baf3af53256fb2b2711e4a70c470f5230e0e11a2130aa97c98",
  );
  const wave: InputSpec = { kind: "series", channels: 1, length: 65536, patch: 1 };
  assertEquals(
    digest(wave, { dtype: "int16", divisor: 32768 }, range(-32768, 32768)),
    "13a9d0798ab91787f5c75d6776be6dd19716ba7fb310de2d9dbeac3ba314acc7",
  );
});

Deno.test("modelLayout() normalises float values bit for bit as NumPy does", () => {
  const values = range(0, 1000).map((i) => i / 7 - 60);
  assertEquals(
    digest(
      { kind: "tabular", features: 1000 },
      { dtype: "float32", mean: [-0.3], deviation: [1.7] },
      values,
    ),
    "13af780240e691c8d1d319830008a0a2706ccb0b486559a5c52326c35390bcc5",
  );
});

Deno.test("modelLayout() rounds 32-bit integers to float32", () => {
  const { data } = conversion({ kind: "tabular", features: 3 }, "int32")(
    Int32Array.of(2 ** 31 - 1, 16777217, 5),
    1,
  );
  assertEquals([...data], [2147483648, 16777216, 5]);
});

Deno.test("modelLayout() gives every feature of a table its own mean", () => {
  const table = conversion({ kind: "tabular", features: 3 }, "float32", {
    mean: [1, 2, 3],
    deviation: [2],
  });
  const { shape, data } = table(Float32Array.of(1, 2, 3, 3, 4, 7), 2);
  assertEquals(shape, [2, 3]);
  assertEquals([...data], [0, 0, 0, 1, 1, 2]);
});

Deno.test("modelLayout() transposes windows and keeps rows as they are", () => {
  const input: InputSpec = { kind: "series", channels: 2, length: 3, patch: 1 };
  const elements = Float32Array.from(range(0, 12));
  const windows = conversion(input, "float32", {}, "windows")(elements, 2);
  assertEquals(windows.shape, [2, 2, 3]);
  assertEquals([...windows.data], [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
  assertEquals([...conversion(input, "float32")(elements, 2).data], range(0, 12));
});

Deno.test("modelLayout() widens tokens of any integer type to int32", () => {
  const input: InputSpec = { kind: "tokens", vocabulary: 65536, length: 2 };
  const wide = conversion(input, "uint16")(Uint16Array.of(65535, 0, 7, 8), 2);
  assertEquals(wide, int32([2, 2], [65535, 0, 7, 8]));
  assertEquals(conversion(input, "uint8")(Uint8Array.of(255, 1), 1), int32([1, 2], [255, 1]));
});
