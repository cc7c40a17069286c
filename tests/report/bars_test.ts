import { assert, assertEquals } from "../assert.ts";
import { drawBars, drawChanges } from "../../lib/report/bars.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { type ParsedElement, parseSvg } from "./parse.ts";

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
