import { assert, assertEquals } from "../assert.ts";
import { seriesArt, tabularArt } from "../../lib/report/line_art.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { parseSvg } from "./parse.ts";

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
