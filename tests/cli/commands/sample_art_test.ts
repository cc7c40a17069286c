import { sampleArt } from "../../../cli/commands/inspect.ts";
import type { InputSpec } from "../../../lib/spec/input.ts";
import { assert, assertEquals } from "../../assert.ts";

const square: InputSpec = { kind: "image", channels: 1, height: 2, width: 2, patch: 1 };

Deno.test("sampleArt draws an image in shades, two characters a pixel", () => {
  assertEquals(sampleArt(square, [0, 1, 0.5, 0], { width: 80 }), "  @@\n++");
});

Deno.test("sampleArt averages pixels of an image that is wider than the screen", () => {
  const input: InputSpec = { kind: "image", channels: 1, height: 4, width: 4, patch: 1 };
  const values = [0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0];
  assertEquals(sampleArt(input, values, { width: 4 }), "  @@\n@@");
});

Deno.test("sampleArt adds the channels of an image", () => {
  const input: InputSpec = { ...square, channels: 2 };
  assertEquals(sampleArt(input, [0, 1, 0, 0, 0, 1, 0, 0], { width: 80 }), "  @@\n");
});

Deno.test("sampleArt draws an even image in the middle shade and never fails", () => {
  assertEquals(sampleArt(square, [3, 3, 3, 3], { width: 80 }), "====\n====".replaceAll("=", "+"));
});

Deno.test("sampleArt draws the channels of a series that vary most as lines of steps", () => {
  const input: InputSpec = { kind: "series", channels: 8, length: 4, patch: 1 };
  const values = new Float32Array(32);
  values.set([0, 1, 2, 3], 12);
  values.set([3, 2, 1, 0], 28);
  const lines = sampleArt(input, values, { width: 80 }).split("\n");
  assertEquals(lines.length, 6);
  assert(lines.includes("#3    ▁▃▆█"), lines.join("\n"));
  assert(lines.includes("#7    █▆▃▁"));
});

Deno.test("sampleArt draws the columns of a table as bars around the middle", () => {
  const lines = sampleArt({ kind: "tabular", features: 3 }, [1, -0.5, 0], { width: 30 }).split(
    "\n",
  );
  assertEquals(lines, [
    "#0          1.000      |####",
    "#1        -0.5000    ##|",
    "#2          0.000      |",
  ]);
});

Deno.test("sampleArt wraps token ids at the width", () => {
  const input: InputSpec = { kind: "tokens", vocabulary: 100, length: 5 };
  assertEquals(sampleArt(input, [1, 22, 3, 44, 5], { width: 6 }), "1 22 3\n44 5");
});

Deno.test("sampleArt draws the first row of a spectrogram, its lowest frequency, at the bottom", () => {
  const drawn = sampleArt(square, [0, 1, 0.5, 0], { width: 80, look: "spectrogram" });
  assertEquals(drawn, "++\n  @@");
});
