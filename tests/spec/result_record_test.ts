import {
  metricRecord,
  packBits,
  packFloats,
  unpackBits,
  unpackFloats,
} from "../../lib/spec/result_record.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("unpackFloats() undoes packFloats() in float32, NaN included", () => {
  const values = [0, -1.5, 0.1, NaN, 3e10];
  assertEquals([...unpackFloats(packFloats(values))], [...Float32Array.from(values)]);
  assertEquals(packFloats([1]), "AACAPw==", "little-endian");
});

Deno.test("unpackBits() undoes packBits() at any length", () => {
  for (const length of [0, 1, 7, 8, 9, 100]) {
    const values = Array.from({ length }, (_, i) => (i * i) % 3 === 1 ? 1 : 0);
    assertEquals([...unpackBits(packBits(values), length)], values);
  }
  assertEquals(packBits([1, 0, 0, 0, 0, 0, 0, 0, 1]), "AQE=", "the first is the lowest bit");
});

Deno.test("metricRecord refuses a null value without a reason", () => {
  assert(!metricRecord.safeParse({ value: null }).success);
  assert(metricRecord.safeParse({ value: null, reason: "there are no samples" }).success);
  assert(!metricRecord.safeParse({ value: NaN, interval: { low: 0, high: 1 } }).success);
});
