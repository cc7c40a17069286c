import { assertEquals, assertThrows } from "../assert.ts";
import { unpatchify } from "../../lib/report/sample_layout.ts";
import { DataError } from "../../lib/util/errors.ts";

Deno.test("unpatchify() puts image patches back channel by channel", () => {
  const input = { kind: "image", channels: 2, height: 4, width: 4, patch: 2 } as const;
  const sample = Array.from({ length: 32 }, (_, i) => i);
  // NumPy: x.reshape(2,2,2,2,2).transpose(1,3,2,4,0).ravel()
  const patches = [
    ...[0, 16, 1, 17, 4, 20, 5, 21],
    ...[2, 18, 3, 19, 6, 22, 7, 23],
    ...[8, 24, 9, 25, 12, 28, 13, 29],
    ...[10, 26, 11, 27, 14, 30, 15, 31],
  ];
  assertEquals([...unpatchify(patches, input)], sample);
});

Deno.test("unpatchify() puts series patches back channel by channel", () => {
  const input = { kind: "series", channels: 2, length: 4, patch: 2 } as const;
  assertEquals([...unpatchify([0, 4, 1, 5, 2, 6, 3, 7], input)], [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("unpatchify() keeps columns and ids, and refuses other lengths", () => {
  assertEquals([...unpatchify([1, 2], { kind: "tabular", features: 2 })], [1, 2]);
  const tokens = { kind: "tokens", vocabulary: 4, length: 3 } as const;
  assertEquals([...unpatchify([3, 1, 2], tokens)], [3, 1, 2]);
  assertThrows(() => unpatchify([3, 1], tokens), DataError, "2 values, 3 are wanted");
});
