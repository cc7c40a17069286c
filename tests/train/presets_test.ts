import { presetNames } from "../../lib/spec/choices.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import { countParameters } from "../../lib/train/parameters.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { assertEquals } from "../assert.ts";

Deno.test("architectureOf gives the published sizes and their smaller siblings", () => {
  const sizes = presetNames.map((preset) => {
    const a = architectureOf(preset, "metamae");
    return [
      [a.encoderWidth, a.encoderLayers, a.encoderHeads].join("x"),
      [a.decoderWidth, a.decoderLayers, a.decoderHeads].join("x"),
      a.encoderHeadWidth,
    ];
  });
  assertEquals(sizes, [
    ["256x12x8", "128x4x4", 32],
    ["128x4x4", "64x2x2", 32],
    ["64x2x2", "32x1x1", 32],
  ]);
});

Deno.test("architectureOf gives the DABS backbone heads of their own width", () => {
  const widths = presetNames.map((preset) => architectureOf(preset, "dabs").encoderHeadWidth);
  assertEquals(widths, [64, 32, 16]);
});

Deno.test("architectureOf takes another decoder depth and dropout", () => {
  const { decoderLayers, dropout } = architectureOf("paper", "metamae", {
    decoderLayers: 0,
    dropout: 0,
  });
  assertEquals([decoderLayers, dropout], [0, 0]);
  assertEquals(architectureOf("paper", "metamae").dropout, 0.1);
});

Deno.test("architectureOf at the published size gives the published number of weights", () => {
  const metamae = findMethod("metamae");
  const model = metamae.build(
    [{ kind: "series", channels: 52, length: 320, patch: 5 }],
    architectureOf("paper", "metamae"),
    metamae.options.parse({}),
  );
  assertEquals(countParameters(model.parameters).trainable, 7_374_084);
});
