import { decode } from "fast-png";
import { assert, assertEquals } from "../assert.ts";
import {
  imageRaster,
  pngAddress,
  type Raster,
  seriesArt,
  sheetColumns,
  tabularArt,
  tokenColor,
  tokensRaster,
} from "../../lib/report/sample_drawing.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { parseSvg } from "./parse.ts";

/** Colour in the middle of a cell, where the picture is divided into rows and columns. */
function cell(raster: Raster, rows: number, columns: number, row: number, column: number) {
  const y = Math.floor((row + 0.5) * raster.height / rows);
  const x = Math.floor((column + 0.5) * raster.width / columns);
  return [...raster.data.subarray(4 * (y * raster.width + x), 4 * (y * raster.width + x) + 4)];
}

const gray = { kind: "image", channels: 1, height: 2, width: 2, patch: 1 } as const;

Deno.test("pngAddress() is a PNG that decodes to the same pixels", () => {
  const original = [0, 1, 2, 3];
  const raster = imageRaster(gray, { values: original, original });
  const address = pngAddress(raster);
  assert(address.startsWith("data:image/png;base64,"));
  const bytes = Uint8Array.from(atob(address.split(",")[1]!), (c) => c.charCodeAt(0));
  const png = decode(bytes);
  assertEquals([png.width, png.height, png.channels], [raster.width, raster.height, 4]);
  assertEquals([...png.data], [...raster.data]);
});

Deno.test("imageRaster() spans the original's range and clips what lies beyond", () => {
  const raster = imageRaster(gray, { values: [-9, 1, 2, 99], original: [0, 1, 2, 4] });
  assert(raster.width >= 96 && raster.width === raster.height, "small pictures are enlarged");
  assertEquals(cell(raster, 2, 2, 0, 0), [0, 0, 0, 255]);
  assertEquals(cell(raster, 2, 2, 0, 1), [64, 64, 64, 255]);
  assertEquals(cell(raster, 2, 2, 1, 1), [255, 255, 255, 255]);
});

Deno.test("imageRaster() of a constant image has no NaN", () => {
  const raster = imageRaster(gray, { values: [5, 5, 5, 5], original: [5, 5, 5, 5] });
  assertEquals(cell(raster, 2, 2, 1, 0), [0, 0, 0, 255]);
});

Deno.test("imageRaster() takes three channels as red, green and blue", () => {
  const input = { ...gray, channels: 3 };
  const original = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
  const raster = imageRaster(input, { values: original, original });
  assertEquals(cell(raster, 2, 2, 0, 0), [255, 0, 0, 255]);
  assertEquals(cell(raster, 2, 2, 0, 1), [0, 255, 0, 255]);
  assertEquals(cell(raster, 2, 2, 1, 0), [0, 0, 255, 255]);
});

Deno.test("imageRaster() hides patches", () => {
  const original = [0, 1, 2, 3];
  const raster = imageRaster(gray, { values: original, original, hidden: [0, 0, 1, 0] });
  assertEquals(cell(raster, 2, 2, 1, 0), [150, 155, 165, 255]);
  assertEquals(cell(raster, 2, 2, 1, 1), [255, 255, 255, 255]);
});

Deno.test("imageRaster() draws spectrograms with the low frequencies at the bottom", () => {
  const original = [0, 0, 1, 1];
  const view = { values: original, original, hidden: [1, 0, 0, 0] };
  const raster = imageRaster(gray, view, "spectrogram");
  assertEquals(cell(raster, 2, 2, 0, 0), [252, 253, 191, 255]);
  assertEquals(cell(raster, 2, 2, 1, 1), [0, 0, 4, 255]);
  assertEquals(cell(raster, 2, 2, 1, 0), [150, 155, 165, 255]);
});

Deno.test("imageRaster() lays many channels out as a contact sheet, each in its own range", () => {
  const input = { ...gray, channels: 2, height: 100, width: 100, patch: 100 };
  const original = Float32Array.from({ length: 20000 }, (_, i) => i < 10000 ? i : 1e6 - i);
  const raster = imageRaster(input, { values: original, original });
  assertEquals([raster.width, raster.height], [201, 100]);
  assertEquals(raster.data.subarray(0, 4), Uint8Array.of(0, 0, 0, 255));
  assertEquals(raster.data.subarray(4 * 101, 4 * 102), Uint8Array.of(255, 255, 255, 255));
  assertEquals(raster.data[4 * 100 + 3], 0, "the page shows through between the tiles");
});

Deno.test("sheetColumns() of the sensors at hand leave few places empty", () => {
  assertEquals([2, 4, 13, 52].map(sheetColumns), [2, 3, 5, 10]);
});

Deno.test("tokensRaster() colours cells, hides masked ones and marks wrong ones", () => {
  const input = { kind: "tokens", vocabulary: 4, length: 8 } as const;
  const original = [0, 1, 2, 3, 0, 1, 2, 3];
  const values = [0, 1, 2, 0, 0, 1, 2, 3];
  const raster = tokensRaster(input, { values, original, hidden: [0, 0, 0, 0, 0, 0, 0, 1] });
  assertEquals([raster.width, raster.height], [24, 12]);
  const at = (x: number, y: number) => {
    const start = 4 * (y * raster.width + x);
    return [...raster.data.subarray(start, start + 3)];
  };
  assertEquals(at(0, 0), [...tokenColor(0, 4)]);
  assertEquals(at(20, 2), [20, 20, 20], "the fourth token is wrong");
  assertEquals(at(18, 0), [...tokenColor(0, 4)], "and still shows what was filled in");
  assertEquals(at(20, 8), [150, 155, 165]);
});

Deno.test("tokenColor() differs between the letters of small alphabets", () => {
  for (const vocabulary of [4, 26]) {
    const colors = Array.from({ length: vocabulary }, (_, id) => tokenColor(id, vocabulary));
    for (const [i, a] of colors.entries()) {
      for (const b of colors.slice(0, i)) {
        assert(Math.hypot(...a.map((v, c) => v - b[c]!)) > 20, `${a} and ${b}`);
      }
    }
  }
});

const options = { width: 100, height: 60, theme: paperTheme, color: "#123456" };
const parse = (art: string) => parseSvg(`<svg>${art}</svg>`);

Deno.test("seriesArt() breaks the line at hidden patches and shades them", () => {
  const input = { kind: "series", channels: 1, length: 8, patch: 2 } as const;
  const original = [0, 1, 2, 3, 4, 5, 6, 7];
  const svg = parse(
    seriesArt(input, { values: original, original, hidden: [0, 1, 1, 0] }, options),
  );
  const lines = [...svg.querySelectorAll("polyline")];
  assertEquals(lines.length, 2);
  assertEquals(lines[0]!.getAttribute("points")!.split(" ").length, 2);
  const band = svg.querySelector("rect")!;
  assertEquals([band.getAttribute("x"), band.getAttribute("width")], ["25", "50"]);
});

Deno.test("seriesArt() draws what was filled in in its colour, joined to the rest", () => {
  const input = { kind: "series", channels: 1, length: 6, patch: 2 } as const;
  const original = [0, 1, 2, 3, 4, 5];
  const view = { values: original, original };
  const svg = parse(seriesArt(input, view, { ...options, filled: [0, 1, 0] }));
  const lines = [...svg.querySelectorAll("polyline")];
  assertEquals(lines.map((line) => line.getAttribute("stroke")), [
    paperTheme.text,
    "#123456",
    paperTheme.text,
  ]);
  assertEquals(lines.map((line) => line.getAttribute("points")!.split(" ").length), [2, 3, 3]);
});

Deno.test("seriesArt() picks the three channels that vary most and keeps within its lanes", () => {
  const input = { kind: "series", channels: 5, length: 4, patch: 1 } as const;
  const original = Array.from({ length: 20 }, (_, i) => (i % 4) * Math.floor(i / 4));
  const values = original.map((value) => value * 100);
  const svg = parse(seriesArt(input, { values, original }, options));
  const lines = [...svg.querySelectorAll("polyline")];
  assertEquals(lines.length, 3);
  for (const [lane, line] of lines.entries()) {
    for (const point of line.getAttribute("points")!.split(" ")) {
      const y = Number(point.split(",")[1]);
      assert(y >= 20 * lane - 0.1 && y <= 20 * (lane + 1) + 0.1, `${y} in lane ${lane}`);
    }
  }
});

Deno.test("tabularArt() draws a bar a column, none for hidden ones", () => {
  const input = { kind: "tabular", features: 4 } as const;
  const view = { values: [1, -1, 0.5, 9], original: [1, -1, 0.5, 0], hidden: [0, 0, 0, 0] };
  const art = tabularArt(input, view, { ...options, filled: [0, 0, 1, 0] });
  const bars = [...parse(art).querySelectorAll("rect")];
  assertEquals(bars.length, 4);
  const [up, down, half, clipped] = bars.map((bar) => Number(bar.getAttribute("height")));
  assertEquals(up, down);
  assertEquals(half! * 2, up);
  assert(clipped! <= 30, "what lies beyond the original's range stays in the picture");
  assertEquals(bars[2]!.getAttribute("fill"), "#123456");
  const hidden = tabularArt(input, { ...view, hidden: [1, 1, 0, 0] }, options);
  assertEquals(parse(hidden).querySelectorAll("rect").length, 3, "one band and two bars");
});
