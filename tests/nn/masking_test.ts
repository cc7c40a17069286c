import { maskingFromNoise, supportFromNoise, supportRows } from "../../lib/nn/masking.ts";
import { type InputSpec, patchCount } from "../../lib/spec/input.ts";
import { uniformRows } from "../../lib/nn/draws.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assert, assertEquals } from "../assert.ts";

const sequence: InputSpec = { kind: "tokens", vocabulary: 4, length: 6 };
const grid: InputSpec = { kind: "image", channels: 1, height: 6, width: 8, patch: 2 };

/** A row of zeros and ones as a mask or a result. */
const row = (text: string) => Array.from(text.replaceAll(/\s/g, ""), Number);
const mask = (text: string) => float32([1, row(text).length], row(text));
const noise = (length: number, value: number) =>
  float32([1, length], new Float32Array(length).fill(value));

Deno.test("maskingFromNoise() keeps the smallest draws in increasing order", () => {
  const draws = float32([2, 4], [0.4, 0.1, 0.3, 0.2, 0.9, 0.8, 0.7, 0.6]);
  const { keep, restore, mask } = maskingFromNoise(draws, 2);
  assertEquals([...keep.data], [1, 3, 3, 2]);
  assertEquals(keep.shape, [2, 2]);
  assertEquals([...mask.data], [1, 0, 1, 0, 1, 1, 0, 0]);
  assertEquals([...restore.data], [3, 0, 2, 1, 3, 2, 1, 0]);
});

Deno.test("maskingFromNoise() breaks ties by position", () => {
  const { keep } = maskingFromNoise(float32([1, 4], [0.5, 0.2, 0.5, 0.5]), 3);
  assertEquals([...keep.data], [1, 0, 2]);
});

Deno.test("maskingFromNoise() gives a restore order that undoes the shuffle", () => {
  const draws = float32([1, 5], [0.3, 0.9, 0.1, 0.7, 0.5]);
  const { keep, restore } = maskingFromNoise(draws, 5);
  assertEquals(Array.from(restore.data, (place) => keep.data[place]), [0, 1, 2, 3, 4]);
});

Deno.test("supportFromNoise() adds left and right neighbours in sequences, nothing beyond the ends", () => {
  const support = supportFromNoise(mask("110111"), noise(6, 0), 0.5, sequence);
  assertEquals([...support.data], row("011100"));
  const ends = supportFromNoise(mask("011110"), noise(6, 0), 0.5, sequence);
  assertEquals([...ends.data], row("110011"));
});

Deno.test("supportFromNoise() adds the four edge neighbours on a grid, no diagonals, no wrapping", () => {
  const inside = supportFromNoise(mask("1111 1011 1111"), noise(12, 0), 0.5, grid);
  assertEquals([...inside.data], row("0100 1110 0100"));
  const corner = supportFromNoise(mask("1110 1111 1111"), noise(12, 0), 0.5, grid);
  assertEquals([...corner.data], row("0011 0001 0000"));
  const left = supportFromNoise(mask("1111 0111 1111"), noise(12, 0), 0.5, grid);
  assertEquals([...left.data], row("1000 1100 1000"));
});

Deno.test("supportFromNoise() takes a neighbour only where its draw is below the ratio", () => {
  const draws = float32([1, 6], [0, 0.5, 0, 0.49, 0, 0]);
  const support = supportFromNoise(mask("110111"), draws, 0.5, sequence);
  assertEquals([...support.data], row("001100"));
  // A draw that equals the ratio in float32 stays out.
  const same = float32([1, 6], new Array(6).fill(Math.fround(0.1)));
  assertEquals([...supportFromNoise(mask("110111"), same, 0.1, sequence).data], row("001000"));
});

Deno.test("supportFromNoise() treats every sample on its own", () => {
  const masks = float32([2, 3], row("101 011"));
  const input: InputSpec = { kind: "tabular", features: 3 };
  const support = supportFromNoise(masks, float32([2, 3]), 1, input);
  assertEquals([...support.data], row("111 110"));
});

Deno.test("supportRows() holds the supports of many samples, all of them at the ends of the ratio", () => {
  const long: InputSpec = { kind: "tokens", vocabulary: 4, length: 250 };
  for (const [input, kept] of [[sequence, 2], [grid, 2], [long, 125]] as const) {
    for (const ratio of [0, 0.1, 1]) {
      const rows = supportRows(kept, ratio, input);
      const length = patchCount(input);
      const key = { seed: 0, step: 0, firstSample: 0, samples: 2000 };
      const { mask } = maskingFromNoise(uniformRows(key, "mask", length), kept);
      const support = supportFromNoise(mask, uniformRows(key, "support", length), ratio, input);
      const sizes = Array.from(
        { length: key.samples },
        (_, n) => support.data.subarray(n * length, (n + 1) * length).reduce((a, b) => a + b),
      );
      const largest = Math.max(...sizes);
      assert(largest <= rows && rows <= length, `${input.kind}, ratio ${ratio}: ${rows}`);
      if (ratio === 0) assertEquals(rows, kept);
    }
  }
  assert(supportRows(125, 0.1, long) < 170, "far fewer than all 250 tokens");
});
