import {
  hdf5Fields,
  hdf5Text,
  readAttribute,
  readDataspace,
  readDatatype,
  readFilters,
  readLayout,
} from "../../../lib/formats/hdf5/hdf5.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

// Versions that h5py does not write, byte by byte as the specification has them.

const context = { name: "a.h5", offsetBytes: 8, lengthBytes: 8 };
const fields = (...bytes: number[]) => hdf5Fields(Uint8Array.from(bytes), context);
/** A little-endian integer. */
const int = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const text = (value: string, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => value.charCodeAt(i) || 0);

Deno.test("hdf5Fields() reads integers, addresses and lengths, and notices their end", () => {
  const nothing = new Array(8).fill(255);
  const read = fields(...int(300, 2), ...int(2 ** 40 + 7, 8), ...nothing, ...int(5, 8), 9);
  assertEquals(read.integer(2), 300);
  assertEquals(read.address(), 2 ** 40 + 7);
  assertEquals(read.address(), undefined);
  assertEquals(read.length(), 5);
  assertEquals(read.left, 1);
  assertThrows(() => read.integer(2), DataError, 'Cannot read "a.h5": it is damaged, a structure');
  assertThrows(() => fields(...nothing).integer(8), DataError, "a number is");
  assertThrows(() => fields(...text("TREE", 4)).signature("SNOD"), DataError, '"SNOD" is missing');
});

Deno.test("readDataspace() reads both versions", () => {
  assertEquals(readDataspace(fields(1, 2, 0, 0, ...int(0, 4), ...int(3, 8), ...int(4, 8))), [3, 4]);
  assertEquals(readDataspace(fields(2, 1, 0, 1, ...int(7, 8))), [7]);
  assertEquals(readDataspace(fields(2, 0, 0, 0)), []);
  assertThrows(() => readDataspace(fields(3, 0, 0)), DataError, "a shape has the version 3");
});

Deno.test("readDatatype() tells the kind, width, sign and byte order", () => {
  const type = (...bytes: number[]) => readDatatype(fields(...bytes));
  assertEquals(type(0x10, 8, 0, 0, ...int(2, 4)), {
    kind: "integer",
    bytes: 2,
    signed: true,
    bigEndian: false,
  });
  assertEquals(type(0x11, 0x21, 0, 0, ...int(8, 4)).bigEndian, true);
  assertEquals(type(0x37, 0, 0, 0, ...int(8, 4)).kind, "reference");
  assertEquals(type(0x16, 0, 0, 0, ...int(8, 4)).kind, "other");
});

Deno.test("readLayout() reads layouts of versions 1 to 4", () => {
  const old = [2, 2, 1, ...int(0, 5), ...int(4096, 8), ...int(3, 4), ...int(4, 4)];
  assertEquals(readLayout(fields(...old)), { kind: "contiguous", address: 4096 });
  const oldChunks = [
    1,
    3,
    2,
    ...int(0, 5),
    ...int(64, 8),
    ...int(5, 4),
    ...int(6, 4),
    ...int(2, 4),
  ];
  assertEquals(readLayout(fields(...oldChunks)), { kind: "chunked", address: 64, chunk: [5, 6] });
  const oldCompact = [1, 1, 0, ...int(0, 5), ...int(2, 4), ...int(2, 4), 7, 8];
  assertEquals(readLayout(fields(...oldCompact)), { kind: "compact", data: Uint8Array.of(7, 8) });
  assertEquals(
    readLayout(fields(4, 1, ...new Array(8).fill(255), ...int(0, 8))),
    { kind: "contiguous", address: undefined },
  );
  assertEquals(
    readLayout(fields(3, 2, 2, ...int(64, 8), ...int(5, 4), ...int(8, 4))),
    { kind: "chunked", address: 64, chunk: [5] },
  );
  assertThrows(() => readLayout(fields(4, 2, 0)), DataError, "it has chunks of a newer kind");
  assertThrows(() => readLayout(fields(3, 3, 0)), DataError, "it has chunks of a newer kind");
  assertThrows(() => readLayout(fields(9)), DataError, "a layout has the version 9");
});

Deno.test("readFilters() passes over names and parameters of both versions", () => {
  const first = [
    ...[1, 2, ...int(0, 6)],
    ...[...int(2, 2), ...int(8, 2), ...int(0, 2), ...int(1, 2), ...text("shuffle", 8)],
    ...[...int(8, 4), ...int(0, 4)],
    ...[...int(1, 2), ...int(0, 2), ...int(0, 2), ...int(2, 2), ...int(6, 4), ...int(0, 4)],
  ];
  assertEquals(readFilters(fields(...first)), [2, 1]);
  const second = [
    ...[2, 2],
    ...[...int(1, 2), ...int(0, 2), ...int(1, 2), ...int(6, 4)],
    ...[...int(300, 2), ...int(3, 2), ...int(0, 2), ...int(0, 2), ...text("lz", 3)],
  ];
  assertEquals(readFilters(fields(...second)), [1, 300]);
  assertThrows(() => readFilters(fields(3, 1)), DataError, "a list of filters has the version 3");
});

Deno.test("readAttribute() reads versions 1 to 3", () => {
  const type = [0x10, 0, 0, 0, ...int(2, 4)];
  const space = [1, 1, 0, 0, ...int(0, 4), ...int(2, 8)];
  const sizes = [...int(3, 2), ...int(8, 2), ...int(16, 2)];
  const values = [...int(5, 2), ...int(6, 2)];
  const wanted = {
    name: "ab",
    type: { kind: "integer" as const, bytes: 2, signed: false, bigEndian: false },
    count: 2,
    data: Uint8Array.from(values),
  };
  const padded = [1, 0, ...sizes, ...text("ab", 8), ...type, ...space, ...values];
  assertEquals(readAttribute(fields(...padded), context), wanted);
  const second = [2, 0, ...sizes, ...text("ab", 3), ...type, ...space, ...values];
  assertEquals(readAttribute(fields(...second), context), wanted);
  const third = [3, 0, ...sizes, 0, ...text("ab", 3), ...type, ...space, ...values];
  assertEquals(readAttribute(fields(...third), context), wanted);
  assertThrows(
    () => readAttribute(fields(3, 1, ...sizes), context),
    DataError,
    "an attribute has a shared type",
  );
  assertThrows(() => readAttribute(fields(4, 0), context), DataError, "the version 4");
});

Deno.test("hdf5Text() ends at the first zero", () => {
  assertEquals(hdf5Text(Uint8Array.from(text("ab", 5))), "ab");
  assertEquals(hdf5Text(Uint8Array.from(text("abc", 3))), "abc");
});
