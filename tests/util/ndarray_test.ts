import { byteSize, elementCount, float32, int32, ndarray } from "../../lib/util/ndarray.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "../assert.ts";

Deno.test("ndarray() refuses data that does not fill its shape", () => {
  assertThrows(() => ndarray("uint8", [2, 3], new Uint8Array(5)), RangeError, "6 are wanted");
  assertEquals(ndarray("uint8", [], Uint8Array.of(7)).data[0], 7);
});

Deno.test("float32() and int32() keep typed arrays, convert others and default to zeros", () => {
  const data = Float32Array.of(1, 2);
  assertStrictEquals(float32([2], data).data, data);
  assertEquals([...float32([2], [1.5, 2]).data], [1.5, 2]);
  assertEquals([...int32([2], [1.9, -2]).data], [1, -2]);
  assertEquals([...int32([3]).data], [0, 0, 0]);
});

Deno.test("elementCount() and byteSize() know scalars and wide elements", () => {
  assertEquals([elementCount([]), elementCount([2, 0, 3])], [1, 0]);
  assertEquals([byteSize("bool"), byteSize("float32"), byteSize("int64")], [1, 4, 8]);
});
