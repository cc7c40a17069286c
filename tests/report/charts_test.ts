import * as Plot from "@observablehq/plot";
import { assert, assertEquals } from "../assert.ts";
import {
  chartWidth,
  drawBars,
  drawChanges,
  drawCurves,
  escapeXml,
  type Figure,
  labelWidth,
  plot,
  shortLabel,
  spread,
  standaloneSvg,
  svgText,
} from "../../lib/report/charts.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { checkWellFormed, type ParsedElement, parseSvg } from "./parse.ts";

const axes = { x: "Accuracy (%)", description: "Bars" };
const texts = (svg: ParsedElement) =>
  [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);

Deno.test("drawBars() starts at zero, with whiskers and published diamonds where there are any", () => {
  const bars = [
    { label: "Scratch", slot: 0, value: 50, text: "50.0" },
    { label: "MetaMAE", slot: 6, value: 100, text: "100.0", low: 90, high: 110, published: 95 },
  ];
  const svg = parseSvg(drawBars(bars, axes, paperTheme));
  const rects = [...svg.querySelectorAll("[aria-label=bar] rect")];
  const width = (i: number) => Number(rects[i]!.getAttribute("width"));
  assert(Math.abs(width(1) - 2 * width(0)) < 0.01, "lengths are proportional to the values");
  assertEquals(rects[1]!.getAttribute("fill"), paperTheme.series[6]!);
  assertEquals(svg.querySelectorAll("[aria-label=link] path").length, 1);
  assertEquals(svg.querySelectorAll("[aria-label=dot] path").length, 1);
  for (const text of ["Scratch", "MetaMAE", "50.0", "100.0", "Accuracy (%)"]) {
    assert(texts(svg).includes(text), text);
  }
});

Deno.test("drawBars() cuts long names and keeps bars of names that begin alike apart", () => {
  const bars = ["x".repeat(40) + "a", "x".repeat(40) + "b"].map((label) => ({
    label,
    slot: 0,
    value: 1,
    text: "1",
  }));
  const svg = parseSvg(drawBars(bars, axes, paperTheme));
  const tops = [...svg.querySelectorAll("[aria-label=bar] rect")].map((r) => r.getAttribute("y"));
  assertEquals(new Set(tops).size, 2);
  assertEquals(texts(svg).filter((text) => text === "x".repeat(21) + "…").length, 2);
});

Deno.test("drawBars() shows negative correlations to the left of zero", () => {
  const bars = [{ label: "a", slot: 0, value: -0.5, text: "−0.50" }];
  const svg = parseSvg(drawBars(bars, axes, paperTheme));
  const rect = svg.querySelector("[aria-label=bar] rect")!;
  assert(Number(rect.getAttribute("width")) > 100);
});

Deno.test("drawChanges() draws an arrow from before to after", () => {
  const changes = [{ label: "MAE", slot: 5, before: 0.5, after: 0.25, text: "−50 %" }];
  const svg = parseSvg(drawChanges(changes, { ...axes, x: "Loss" }, paperTheme));
  const circle = svg.querySelector("circle")!;
  const path = svg.querySelector("[aria-label=arrow] path")!.getAttribute("d")!;
  const [from, to] = [...path.matchAll(/(?:M|L|A[^ ]* )([\d.]+),/g)].map(([, x]) => Number(x));
  assert(from! > to!, path);
  assert(Number(circle.getAttribute("cx")) >= from!);
  assert(texts(svg).includes("−50 %"));
});

const lineAxes = { x: "Step", y: "Loss", description: "Two <lines>" };
const line = (label: string, slot: number, values: number[]) => ({
  label,
  slot,
  points: values.map((y, i) => ({ x: 100 * i, y })),
});

Deno.test("drawCurves() draws every line in its colour and labels each name once", () => {
  const curves = [line("MAE", 5, [2, 1]), line("MAE", 5, [2.1, 1.1]), line("A & B", 6, [3, 1])];
  const svg = parseSvg(drawCurves(curves, lineAxes, paperTheme));
  assertEquals(svg.getAttribute("role"), "img");
  assertEquals(svg.getAttribute("aria-label"), "Two <lines>");
  const strokes = [...svg.querySelectorAll("path")].map((path) => path.getAttribute("stroke"));
  const color = paperTheme.series[5]!;
  const lines = [...svg.querySelectorAll("[aria-label=line]")];
  assertEquals(lines.length, 3);
  assert(strokes.includes(color) || lines.some((g) => g.getAttribute("stroke") === color));
  const texts = [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);
  assertEquals(texts.filter((text) => text === "MAE").length, 1);
  assert(texts.includes("A & B") && texts.includes("Step") && texts.includes("Loss"));
});

Deno.test("drawCurves() uses a logarithmic axis for values that span much", () => {
  const ticks = (values: number[]) => {
    const svg = parseSvg(drawCurves([line("a", 0, values)], lineAxes, paperTheme));
    const labels = svg.querySelector("[aria-label='y-axis tick label']")!;
    return [...labels.querySelectorAll("text")].map(({ textContent }) => Number(textContent));
  };
  const logarithmic = ticks([1000, 1]);
  assert(logarithmic.includes(10) && logarithmic.includes(100), String(logarithmic));
  assert(!ticks([1000, 900]).includes(10));
  assert(ticks([10, -1]).includes(0), "negative values have no logarithm");
});

Deno.test("drawCurves() draws dots, dashes and the given ticks", () => {
  const curve = { ...line("a", 0, [1, 2]), dots: true, dashed: true };
  const svg = parseSvg(drawCurves([curve], { ...lineAxes, ticks: [0, 100] }, paperTheme));
  assertEquals(svg.querySelectorAll("circle").length, 2);
  assert(svg.outerHTML.includes("stroke-dasharray"));
  const labels = svg.querySelector("[aria-label='x-axis tick label']")!;
  assertEquals([...labels.querySelectorAll("text")].map((text) => text.textContent), ["0", "100"]);
});

Deno.test("spread() moves labels apart, keeps their order and stays above the limit", () => {
  assertEquals(spread([10, 50, 90], 16, 200), [10, 50, 90]);
  assertEquals(spread([10, 12, 11], 16, 200), [10, 42, 26]);
  const places = spread([195, 196, 197], 16, 200);
  assertEquals(places, [168, 184, 200]);
});

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
