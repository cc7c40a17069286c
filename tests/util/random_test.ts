import {
  bits32,
  drawKey,
  integer,
  mix32,
  normals,
  permuted,
  uniform,
  uniforms,
} from "../../lib/util/random.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../assert.ts";

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((a, b) => a + b) / values.length;

Deno.test("mix32() is a permutation whose bits all change by half when one bit changes", () => {
  const seen = new Set(Array.from({ length: 50_000 }, (_, i) => mix32(i)));
  assertEquals(seen.size, 50_000);
  for (let bit = 0; bit < 32; bit++) {
    const flips = Array.from({ length: 500 }, (_, i) => {
      let changed = mix32(i * 77_773) ^ mix32((i * 77_773) ^ (1 << bit));
      let count = 0;
      for (; changed !== 0; changed &= changed - 1) count++;
      return count;
    });
    assert(Math.abs(mean(flips) - 16) < 1, `bit ${bit}: ${mean(flips)}`);
  }
});

Deno.test("drawKey() tells seeds, purposes and numbers apart, and their order", () => {
  const keys = [
    drawKey(0, "mask", 1),
    drawKey(1, "mask", 1),
    drawKey(2 ** 32, "mask", 1),
    drawKey(0, "task", 1),
    drawKey(0, "mask", 2),
    drawKey(0, "mask", 1, 0),
    drawKey(0, "mask", 0, 1),
    drawKey(0, "mask1"),
    drawKey(0, "mask", 1 + 2 ** 32),
  ];
  assertEquals(new Set(keys.map(String)).size, keys.length);
  assertEquals(drawKey(0, "mask", 1), keys[0]!);
});

Deno.test("uniforms() lie in [0, 1), are even, and are the single draws", () => {
  const key = drawKey(7, "test");
  const values = uniforms(key, 100_000);
  assert(values.every((u) => u >= 0 && u < 1));
  assert(Math.abs(mean(values) - 0.5) < 0.005);
  assert(Math.abs(mean(values.map((u) => (u - 0.5) ** 2)) - 1 / 12) < 0.002);
  assertEquals(values[123], uniform(key, 123));
  const serial = mean(values.subarray(1).map((u, i) => (u - 0.5) * (values[i]! - 0.5)));
  assert(Math.abs(serial) < 0.001, `neighbours depend: ${serial}`);
});

Deno.test("bits32() differs beyond 2^32 positions", () => {
  const key = drawKey(0, "far");
  assertNotEquals(bits32(key, 5), bits32(key, 5 + 2 ** 32));
});

Deno.test("normals() have mean 0, variance 1 and the right tail", () => {
  const values = normals(drawKey(3, "normal"), 100_001);
  assert(Math.abs(mean(values)) < 0.01);
  assert(Math.abs(mean(values.map((x) => x * x)) - 1) < 0.02);
  const beyond = values.filter((x) => Math.abs(x) > 2).length / values.length;
  assert(Math.abs(beyond - 0.0455) < 0.004, `${beyond}`);
});

Deno.test("integer() reaches every value below its bound evenly", () => {
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[integer(drawKey(0, "die"), i, 7)]!++;
  assert(counts.every((count) => Math.abs(count - 10_000) < 500), `${counts}`);
});

Deno.test("permuted() is a permutation of every size and differs between keys", () => {
  for (const size of [1, 2, 3, 5, 16, 17, 100, 1000]) {
    const order = Array.from({ length: size }, (_, i) => permuted(drawKey(1, "order"), i, size));
    assertEquals(new Set(order).size, size);
    assert(order.every((value) => value >= 0 && value < size));
  }
  const order = (seed: number) =>
    Array.from({ length: 50 }, (_, i) => permuted(drawKey(seed, "order"), i, 50));
  assertNotEquals(order(0), order(1));
  assertThrows(() => permuted(drawKey(0, "order"), 5, 5), RangeError, "0..4");
});

Deno.test("permuted() puts every element to every place about equally often", () => {
  const counts = new Array<number>(36).fill(0);
  for (let seed = 0; seed < 6_000; seed++) {
    for (let i = 0; i < 6; i++) counts[6 * i + permuted(drawKey(seed, "p"), i, 6)]!++;
  }
  assert(counts.every((count) => Math.abs(count - 1_000) < 160), `${counts}`);
});
