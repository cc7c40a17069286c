import { assert, assertEquals } from "../assert.ts";
import {
  chartWidth,
  escapeXml,
  type Figure,
  labelWidth,
  Plot,
  plot,
  shortLabel,
  standaloneSvg,
  svgText,
} from "../../lib/report/svg.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { checkWellFormed, parseSvg } from "./parse.ts";

const drawing = { width: 200, height: 100, marks: [Plot.lineY([1, 3, 2])] };

Deno.test("plot() gives an element without class or style of its own, and its scales", () => {
  const element = plot(drawing, paperTheme);
  assert(element.outerHTML.startsWith("<svg "));
  assert(!element.outerHTML.includes("<style"));
  assert(!/<svg [^>]*class=/.test(element.outerHTML));
  const y = element.scale("y")!;
  assert(y.apply(3) < y.apply(1), "larger values lie higher");
});

Deno.test("svgText() is the same in every call and named in words", () => {
  const text = svgText(drawing, paperTheme, 'a "line" & more');
  assertEquals(svgText(drawing, paperTheme, 'a "line" & more'), text);
  checkWellFormed(text);
  const svg = parseSvg(text);
  assertEquals(svg.getAttribute("aria-label"), 'a "line" & more');
  assertEquals(svg.getAttribute("viewBox"), "0 0 200 100");
});

Deno.test("standaloneSvg() puts title and background before the drawing", () => {
  const figure: Figure = {
    id: "f",
    title: "A title",
    description: "d",
    draw: (theme) => svgText(drawing, theme, "d"),
  };
  const svg = parseSvg(standaloneSvg(figure, paperTheme));
  const [title, background] = [...svg.children];
  assertEquals(title!.textContent, "A title");
  assertEquals(background!.getAttribute("fill"), "#ffffff");
  assertEquals(svg.getAttribute("viewBox"), "-16 -16 232 132");
  assertEquals([svg.getAttribute("width"), svg.getAttribute("height")], ["232", "132"]);
  assertEquals(background!.getAttribute("width"), "232");
});

Deno.test("shortLabel() cuts by characters, so that none is torn apart", () => {
  assertEquals(shortLabel("MetaMAE"), "MetaMAE");
  assertEquals(shortLabel("𝒎".repeat(22)), "𝒎".repeat(22));
  assertEquals(shortLabel("𝒎".repeat(23)), "𝒎".repeat(21) + "…");
});

Deno.test("labelWidth() leaves room for the drawing beside the longest label", () => {
  assertEquals(labelWidth([]), 0);
  assert(labelWidth([{ label: "abc" }]) < labelWidth([{ label: "abcd" }]));
  assert(labelWidth([{ label: "x".repeat(500) }]) < chartWidth / 2);
});

Deno.test("escapeXml() escapes for text and both kinds of quotes", () => {
  assertEquals(
    escapeXml(`<a b="c" d='e'>&amp;`),
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;",
  );
});

Deno.test("escapeXml() replaces control characters that XML forbids, but not line ends", () => {
  assertEquals(escapeXml("a\u0000b\u001bc\td\n"), "a\ufffdb\ufffdc\td\n");
});
