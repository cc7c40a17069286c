import { samplePicture } from "../../../cli/commands/sample_picture.ts";
import { imageRaster, pngAddress } from "../../../lib/report/sample_drawing.ts";
import type { InputSpec } from "../../../lib/spec/input.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";

const inputs: readonly InputSpec[] = [
  { kind: "image", channels: 1, height: 2, width: 4, patch: 1 },
  { kind: "series", channels: 1, length: 8, patch: 2 },
  { kind: "tabular", features: 3 },
  { kind: "tokens", vocabulary: 4, length: 6 },
];

Deno.test("samplePicture draws every kind of input as SVG", () => {
  const values = [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7], [1, -1, 0], [
    0,
    1,
    2,
    3,
    0,
    1,
  ]];
  inputs.forEach((input, k) => {
    const svg = samplePicture([input], [values[k]!], { title: "a sample" });
    assert(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"), input.kind);
    assertStringIncludes(svg, input.kind === "image" || input.kind === "tokens" ? "<image" : "<g");
  });
});

Deno.test("samplePicture puts the modalities below each other", () => {
  const svg = samplePicture([inputs[0]!, inputs[2]!], [new Float32Array(8), [1, 2, 3]], {
    title: "both",
  });
  assertEquals([...svg.matchAll(/translate\(0,(\d+)\)/g)].map((match) => match[1]), ["0", "168"]);
  assertStringIncludes(svg, 'width="640" height="408"');
});

Deno.test("samplePicture escapes its title", () => {
  const svg = samplePicture([inputs[2]!], [[1, 2, 3]], { title: '<script>"&' });
  assert(!svg.includes("<script>"));
});

Deno.test("samplePicture draws a spectrogram as the report does, the first row at the bottom", () => {
  const input = { kind: "image", channels: 1, height: 2, width: 4, patch: 1 } as const;
  const values = [0, 1, 2, 3, 4, 5, 6, 7];
  const svg = samplePicture([input], [values], { title: "speech", looks: ["spectrogram"] });
  const drawn = imageRaster(input, { values, original: values }, "spectrogram");
  assertStringIncludes(svg, pngAddress(drawn));
});
