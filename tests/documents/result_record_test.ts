import {
  packBits,
  packFloats,
  resultRecord,
  unpackFloats,
} from "../../lib/documents/result_record.ts";
import { DataError } from "../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { result } from "../report/result_files.ts";
import { unpackBits } from "./unpack_bits.ts";

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

Deno.test("resultRecord refuses a null value without a reason", () => {
  const record = result();
  const withMetric = (metric: unknown) => {
    const [first, ...others] = record.results;
    return { ...record, results: [{ ...first, metrics: { accuracy: metric } }, ...others] };
  };
  const reason = "there are no samples";
  resultRecord.parse(withMetric({ value: null, reason }));
  assertThrows(() => resultRecord.parse(withMetric({ value: null })), DataError);
  const infinite = { value: NaN, interval: { low: 0, high: 1 } };
  assertThrows(() => resultRecord.parse(withMetric(infinite)), DataError);
});
