import { assert, assertEquals } from "../assert.ts";
import { drawCurves, spread } from "../../lib/report/curves.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { parseSvg } from "./parse.ts";

const axes = { x: "Step", y: "Loss", description: "Two <lines>" };
const line = (label: string, slot: number, values: number[]) => ({
  label,
  slot,
  points: values.map((y, i) => ({ x: 100 * i, y })),
});

Deno.test("drawCurves() draws every line in its colour and labels each name once", () => {
  const curves = [line("MAE", 5, [2, 1]), line("MAE", 5, [2.1, 1.1]), line("A & B", 6, [3, 1])];
  const svg = parseSvg(drawCurves(curves, axes, paperTheme));
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
    const svg = parseSvg(drawCurves([line("a", 0, values)], axes, paperTheme));
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
  const svg = parseSvg(drawCurves([curve], { ...axes, ticks: [0, 100] }, paperTheme));
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
