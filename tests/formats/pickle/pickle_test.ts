import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { readPickle } from "../../../lib/formats/pickle/pickle.ts";

const folder = new URL("../../fixtures/raw/pickles/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(`${name}.pkl`, folder));
const read = (name: string) => readPickle(bytesOf(name), { name });
const codes = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number" ? part : [...part].map((c) => c.charCodeAt(0))
    ),
  );

/** The value that `make_pickles.py` wrote. */
const data = new Map<string, unknown>([
  ["none", null],
  ["flags", [true, false]],
  [
    "integers",
    // deno-fmt-ignore
    [0, 255, 256, 65535, 65536, -1, 2147483647, -2147483648, 2 ** 53 - 1, 2n ** 70n, -(2n ** 70n)],
  ],
  ["floats", [0, -1.5, 1e300, Infinity, -Infinity]],
  ["text", ["", "plain", "café 😀", "line\nbreak 'quoted' \\ \x01", "x".repeat(300)]],
  ["bytes", [
    new Uint8Array(0),
    codes(0, 255, "\n'"),
    Uint8Array.from({ length: 512 }, (_, i) => i % 256),
  ]],
  ["tuples", [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
  ["set", new Set([7])],
  ["frozen", new Set([8])],
  ["ordered", new Map([["b", 1], ["a", 2]])],
  ["shared", [[1, 2], [1, 2]]],
  ["byte keys", new Map<unknown, unknown>([["data", 1], [5, 2]])],
  ["long list", Array.from({ length: 1500 }, (_, i) => i)],
]);

for (let protocol = 0; protocol <= 5; protocol++) {
  Deno.test(`readPickle() reads plain data of protocol ${protocol}`, () => {
    const value = read(`data_${protocol}`) as Map<string, unknown>;
    assertEquals([...value.keys()], [...data.keys()]);
    for (const [key, expected] of data) assertEquals(value.get(key), expected, key);
    const [first, second] = value.get("shared") as unknown[];
    assert(first === second, "memorised objects stay one object");
  });

  Deno.test(`readPickle() reads NumPy arrays of protocol ${protocol}`, () => {
    const value = read(`numpy_${protocol}`) as Map<string, unknown>;
    const expected: Record<string, unknown> = {
      uint8: { dtype: "uint8", shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) },
      float32: { dtype: "float32", shape: [3], data: Float32Array.of(1.5, -2.25, Infinity) },
      float64: { dtype: "float64", shape: [2, 1], data: Float64Array.of(0.1, 0.2) },
      int64: { dtype: "int64", shape: [2], data: BigInt64Array.of(2n ** 40n, -1n) },
      bool: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
      "big endian": { dtype: "int16", shape: [3], data: Int16Array.of(1, 256, -2) },
      half: {
        dtype: "float32",
        shape: [4],
        data: Float32Array.of(1.5, 65504, 2 ** -24, -Infinity),
      },
      fortran: {
        dtype: "int32",
        shape: [2, 3, 4],
        data: Int32Array.from({ length: 24 }, (_, i) => i),
      },
      empty: { dtype: "float32", shape: [0, 5], data: new Float32Array(0) },
      scalar: 0.5,
      "integer scalar": -7n,
      objects: { dtype: "object", shape: [3], data: ["a", null, 3] },
    };
    assertEquals(Object.fromEntries(value), expected);
  });
}

Deno.test("readPickle() reads the text of Python 2 as Latin-1, and arrays from it", () => {
  const value = read("python2") as Map<string, unknown>;
  assertEquals(value.get("label"), "café");
  assertEquals(value.get("data"), {
    dtype: "uint8",
    shape: [2, 6],
    data: Uint8Array.from({ length: 12 }, (_, i) => 244 + i),
  });
});

Deno.test("readPickle() reads a list that holds itself, and a bytearray", () => {
  const cycle = read("cycle") as unknown[];
  assert(cycle[1] === cycle);
  assertEquals(read("bytearray"), codes("abc"));
});

const hostile: Readonly<Record<string, string>> = {
  "system 0": 'it names "posix.system", which is not allowed',
  "system 2": 'it names "posix.system", which is not allowed',
  "system 4": 'it names "posix.system", which is not allowed',
  "eval": 'it names "builtins.eval", which is not allowed',
  "getattr": 'it names "builtins.getattr", which is not allowed',
  "instance": 'the operation "i" is not allowed',
  "persistent": 'the operation "P" is not allowed',
  "extension": 'the operation "0x82" is not allowed',
  "out of band": 'the operation "0x97" is not allowed',
  "huge length": "it ends before 4611686018427387904 bytes that it promises",
  "huge frame": "bytes that it promises",
  "huge integer": "an integer has 1073741824 bytes",
  "deep marks": "it is nested more than 1000 levels deep",
  "no stop": "it ends before 1 bytes that it promises",
  "empty stack": "its stack is empty",
  "no mark": "a mark is missing",
  "no memo": "nothing was memorised at 5",
  "future": "it has protocol 6, protocols 0 to 5 are known",
  "append to number": "it appends to something that is no list",
  "state of list": "it sets the state of an object that has none",
  "call of number": "it calls something that is no callable",
  "bad text": "a text is no valid UTF-8",
  "records": "records of NumPy are not allowed",
  "text array": 'NumPy\'s type "<U2" is not allowed',
  "wrong shape": "a NumPy array: it has 6 bytes, its shape (7) wants 7 (byte",
};

const fileOf = (name: string) => `hostile_${name.replaceAll(" ", "_")}`;

for (const [name, message] of Object.entries(hostile)) {
  Deno.test(`readPickle() refuses ${name}`, () => {
    assertThrows(() => read(fileOf(name)), DataError, message);
  });
}

Deno.test("readPickle() has a test for every hostile file", () => {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("hostile_"));
  assertEquals(names.sort(), Object.keys(hostile).map((name) => `${fileOf(name)}.pkl`).sort());
});

Deno.test("readPickle() names the file and the position", () => {
  assertThrows(
    () => readPickle(codes(0x80, 2, "cos\nsystem\n."), { name: "a.pkl" }),
    DataError,
    'Cannot read pickle "a.pkl": it names "os.system", which is not allowed (byte 13)',
  );
});

Deno.test("readPickle() bounds the number of objects", () => {
  const bomb = codes(0x80, 2, "}".repeat(1001), ".");
  assertThrows(
    () => readPickle(bomb, { name: "a.pkl", objects: 1000 }),
    DataError,
    "more than 1000 objects",
  );
});

Deno.test("readPickle() does not run out of stack for deeply nested lists", () => {
  const depth = 200_000;
  const nested = codes(0x80, 2, "]".repeat(depth), "a".repeat(depth - 1), ".");
  let list = readPickle(nested, { name: "a.pkl" }) as unknown[];
  let levels = 1;
  for (; list.length > 0; levels++) list = list[0] as unknown[];
  assertEquals(levels, depth);
});

Deno.test("readPickle() calls what its caller allows beyond the built-in list", () => {
  const bytes = codes(0x80, 2, "cmodule\nPair\nK\x01K\x02", 0x86, "R.");
  const globals = new Map([["module.Pair", (a: unknown, b: unknown) => ({ a, b })]]);
  assertEquals(readPickle(bytes, { name: "a.pkl", globals }), { a: 1, b: 2 });
  assertThrows(() => readPickle(bytes, { name: "a.pkl" }), DataError, '"module.Pair"');
});

Deno.test("readPickle() fails with a data error, or reads on, wherever a byte is changed or cut", () => {
  for (const name of ["data_0", "data_2", "data_4", "numpy_2", "numpy_4", "numpy_5", "python2"]) {
    const original = bytesOf(name);
    const step = Math.max(1, Math.floor(original.length / 400));
    for (let at = 0; at < original.length; at += step) {
      const changed = original.slice();
      changed[at]! ^= 1 << (at % 8);
      for (const bytes of [changed, original.slice(0, at)]) {
        try {
          readPickle(bytes, { name });
        } catch (error) {
          assert(error instanceof DataError, `${name}, byte ${at}: ${error}`);
        }
      }
    }
  }
});

Deno.test("readPickle() notices every cut", () => {
  const original = bytesOf("python2");
  for (let length = 0; length < original.length; length++) {
    assertThrows(() => readPickle(original.slice(0, length), { name: "cut" }), DataError);
  }
});
