/**
 * Charts of Observable Plot, the frame that every drawing shares, and escaping.
 *
 * Plot draws into a document that `linkedom` provides, so no browser is needed.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Theme } from "./theme.ts";

/** A drawing with what it shows in words. */
export interface Figure {
  /** Name for links and files: lower-case letters, digits and dashes. */
  readonly id: string;
  /** Heading of the figure. */
  readonly title: string;
  /** What the drawing shows, for people who cannot see it. */
  readonly description: string;
  /** The drawing as an SVG element, in the colours of a theme. */
  draw(theme: Theme): string;
}

/** A mark of Observable Plot. */
export type PlotMark = Plot.Markish;

/** What a drawing is made of. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly PlotMark[];
  /** Further options of Plot: scales, axes, margins. */
  readonly options?: Readonly<Record<string, unknown>>;
}

interface Scale {
  apply(value: unknown): number;
}

interface PlotElement {
  readonly outerHTML: string;
  scale(name: string): Scale | undefined;
  querySelector(selector: string): { remove(): void } | null;
  removeAttribute(name: string): void;
}

/**
 * Width of the charts: three fit a wide screen beside each other, and a phone shrinks them little.
 */
export const chartWidth = 480;

/** Fonts of all drawings. */
export const fontFamily = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";

/** Draws and gives the SVG element and its scales. */
export function plot(drawing: Drawing, theme: Theme): PlotElement {
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
    readonly document: object;
  };
  const element = Plot.plot({
    ...drawing.options,
    document,
    width: drawing.width,
    height: drawing.height,
    marks: [...drawing.marks],
    style: { fontFamily, fontSize: "13px", color: theme.text, overflow: "visible" },
  } as Plot.PlotOptions) as unknown as PlotElement;
  // The page styles all drawings at once.
  element.querySelector("style")?.remove();
  element.removeAttribute("class");
  return element;
}

/** SVG text of a drawing, named for screen readers. */
export function svgText(drawing: Drawing, theme: Theme, description: string): string {
  const { outerHTML } = plot(drawing, theme);
  return outerHTML.replace(
    "<svg ",
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeXml(description)}" `,
  );
}

/** Space around a drawing in a file of its own. */
const padding = 16;

/**
 * A figure as a file of its own: the drawing with space around it on its background, with a title.
 */
export function standaloneSvg(figure: Figure, theme: Theme): string {
  const title = `<title>${escapeXml(figure.title)}</title>`;
  const text = figure.draw(theme);
  const root = /^<svg [^>]*>/.exec(text)![0];
  const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(root)!;
  const [width, height] = [Number(size[1]) + 2 * padding, Number(size[2]) + 2 * padding];
  const box = `x="${-padding}" y="${-padding}" width="${width}" height="${height}"`;
  const padded = root
    .replace(/ (width|height)="[^"]*"/g, "")
    .replace(size[0], `viewBox="${-padding} ${-padding} ${width} ${height}"`)
    .replace(">", ` width="${width}" height="${height}">`);
  return `${padded}${title}<rect ${box} fill="${theme.background}"/>${text.slice(root.length)}\n`;
}

/** A label of a chart, cut where a long name would leave no room for the drawing. */
export function shortLabel(label: string): string {
  const characters = [...label];
  return characters.length <= 22 ? label : characters.slice(0, 21).join("") + "…";
}

/** Room for the longest label, in pixels. */
export function labelWidth(rows: readonly { readonly label: string }[]): number {
  return 7.6 * Math.max(0, ...rows.map(({ label }) => [...shortLabel(label)].length));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Escapes a text for use between tags and inside quoted attributes. Control characters that XML
 * forbids become the replacement character.
 */
export function escapeXml(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character]!);
}

/** What a row of either chart has. */
interface Row {
  readonly label: string;
  /** Colour slot; see the theme. */
  readonly slot: number;
  /** Text at the right end. */
  readonly text: string;
}

/** A value with its interval. */
export interface Bar extends Row {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly published?: number;
}

/** A value before and after something was done. */
export interface Change extends Row {
  readonly before: number;
  readonly after: number;
}

/** What a chart of rows says about itself. */
export interface RowAxes {
  /** Label of the horizontal axis. */
  readonly x: string;
  /** What the chart shows, for people who cannot see it. */
  readonly description: string;
}

const labelOf = (row: Row) => row.label;

/** Horizontal bars with whiskers; published numbers as diamonds. */
export function drawBars(bars: readonly Bar[], axes: RowAxes, theme: Theme): string {
  const certain = bars.filter(({ low, high }) => low !== undefined && high !== undefined);
  const published = bars.filter(({ published }) => published !== undefined);
  const ends = (bar: Bar) =>
    [0, bar.value, bar.low, bar.high, bar.published].filter((end) => end !== undefined);
  const line = { stroke: theme.text, strokeWidth: 1.5 };
  const marks = [
    Plot.barX(bars, {
      x: "value",
      y: labelOf,
      fill: (bar: Bar) => theme.series[bar.slot],
      fillOpacity: 0.75,
    }),
    Plot.ruleX([0], { stroke: theme.text }),
    Plot.link(certain, { x1: "low", x2: "high", y1: labelOf, y2: labelOf, ...line }),
    ...["low", "high"].map((end) =>
      Plot.tickX(certain, { x: end, y: labelOf, insetTop: 6, insetBottom: 6, ...line })
    ),
    Plot.dot(published, {
      x: "published",
      y: labelOf,
      symbol: "diamond",
      r: 5,
      // On the upper edge, so that it does not hide the whiskers.
      dy: -11,
      fill: theme.background,
      ...line,
    }),
    endText(bars, (bar) => Math.max(...ends(bar))),
  ];
  const domain = extent(bars.flatMap(ends));
  return drawRows(bars, { ...axes, domain, y: { padding: 0.36 } }, marks, theme);
}

/** Arrows from the value before to the value after. */
export function drawChanges(changes: readonly Change[], axes: RowAxes, theme: Theme): string {
  const stroke = (change: Change) => theme.series[change.slot];
  const marks = [
    Plot.ruleX([0], { stroke: theme.text }),
    Plot.arrow(changes, {
      x1: "before",
      x2: "after",
      y1: labelOf,
      y2: labelOf,
      stroke,
      strokeWidth: 2.5,
      headLength: 7,
      insetStart: 5,
    }),
    Plot.dot(changes, {
      x: "before",
      y: labelOf,
      r: 4.5,
      fill: theme.background,
      stroke,
      strokeWidth: 2,
    }),
    endText(changes, (change) => Math.max(change.before, change.after)),
  ];
  const domain = extent(changes.flatMap(({ before, after }) => [0, before, after]));
  const y = { type: "point", padding: 0.6 };
  return drawRows(changes, { ...axes, domain, y }, marks, theme);
}

function drawRows(
  rows: readonly Row[],
  axes: RowAxes & {
    readonly domain: readonly [number, number];
    readonly y: Readonly<Record<string, unknown>>;
  },
  marks: readonly PlotMark[],
  theme: Theme,
): string {
  const x = { ticks: 6, tickSize: 0, label: axes.x, labelArrow: "none", labelAnchor: "center" };
  const drawing = {
    width: chartWidth,
    height: 64 + 34 * rows.length,
    options: {
      marginLeft: 16 + labelWidth(rows),
      marginRight: 76,
      marginTop: 14,
      marginBottom: 44,
      x: { domain: axes.domain, nice: true },
      y: { label: null, domain: rows.map(labelOf), ...axes.y },
    },
    marks: [
      Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 6 }),
      Plot.axisX(x as Plot.AxisXOptions),
      Plot.axisY({ tickSize: 0, label: null, tickFormat: shortLabel }),
      ...marks,
    ],
  };
  return svgText(drawing, theme, axes.description);
}

function endText<R extends Row>(rows: readonly R[], x: (row: R) => number): PlotMark {
  return Plot.text(rows, {
    x,
    y: labelOf,
    text: "text",
    textAnchor: "start",
    dx: 12,
    fontVariant: "tabular-nums",
  });
}

function extent(values: readonly number[]): readonly [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return most > least ? [least, most] : [least, least + 1];
}

/** A line through points, in order of x. */
export interface Curve {
  /** Name of the line; lines of one name are labelled once. */
  readonly label: string;
  /** Colour slot; see the theme. */
  readonly slot: number;
  /** At least one point. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Drawn with dashes, such as published curves. */
  readonly dashed?: boolean;
  /** Marks every point. */
  readonly dots?: boolean;
}

/** What a line chart says about itself. */
export interface CurveAxes {
  readonly x: string;
  readonly y: string;
  /** What the chart shows, for people who cannot see it. */
  readonly description: string;
  /** Values of x that get a tick; chosen if not given. */
  readonly ticks?: readonly number[];
}

const height = 300;
const marginBottom = 44;
const lineHeight = 16;

/**
 * Lines with their labels at the right end; a logarithmic axis where values span a factor of 50.
 */
export function drawCurves(curves: readonly Curve[], axes: CurveAxes, theme: Theme): string {
  const named = [...new Map(curves.map((curve) => [curve.label, curve])).values()];
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y));
  const least = Math.min(...values);
  const isLogarithmic = least > 0 && Math.max(...values) / least > 50;
  const ticks = axes.ticks === undefined ? 5 : [...axes.ticks];
  const marks = [
    Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
    Plot.axisX({
      ...(axes.ticks === undefined ? {} : { tickFormat: "d" }),
      ticks,
      tickSize: 4,
      label: axes.x,
      labelArrow: "none",
      labelAnchor: "center",
    }),
    Plot.axisY({
      ticks: 5,
      tickSize: 0,
      label: axes.y,
      labelArrow: "none",
      ...(isLogarithmic ? { tickFormat: "~g" } : {}),
    }),
    ...curves.flatMap((curve) => curveMarks(curve, theme, curves.length > named.length)),
  ];
  const drawing = {
    width: chartWidth,
    height,
    options: {
      marginRight: 18 + labelWidth(named),
      marginLeft: 58,
      marginTop: 34,
      marginBottom,
      x: { insetLeft: 4 },
      y: { type: isLogarithmic ? "log" : "linear", nice: true },
    },
    marks,
  };
  const scale = plot(drawing, theme).scale("y")!;
  const ends = named.map(({ points }) => scale.apply(points.at(-1)!.y));
  const places = spread(ends, lineHeight, height - marginBottom - 6);
  const labels = named.map((curve, i) =>
    Plot.text(curve.points.slice(-1), {
      x: "x",
      y: "y",
      text: () => shortLabel(curve.label),
      dx: 8,
      dy: places[i]! - ends[i]!,
      textAnchor: "start",
      fill: theme.series[curve.slot]!,
      fontWeight: 600,
    })
  );
  return svgText({ ...drawing, marks: [...marks, ...labels] }, theme, axes.description);
}

/**
 * Moves places apart until neighbours have `gap` between them, keeping their order, and none lies
 * beyond `limit`.
 */
export function spread(places: readonly number[], gap: number, limit: number): readonly number[] {
  const order = places.map((_, i) => i).sort((i, j) => places[i]! - places[j]! || i - j);
  const out = [...places];
  let least = -Infinity;
  for (const index of order) {
    out[index] = Math.max(out[index]!, least);
    least = out[index]! + gap;
  }
  let most = limit;
  for (const index of order.toReversed()) {
    out[index] = Math.min(out[index]!, most);
    most = out[index]! - gap;
  }
  return out;
}

function curveMarks(curve: Curve, theme: Theme, isCrowded: boolean): readonly PlotMark[] {
  const strokeWidth = isCrowded ? 1.3 : 2;
  const style = { x: "x", y: "y", stroke: theme.series[curve.slot]!, strokeWidth };
  const dashes = curve.dashed ? { strokeDasharray: "5 4" } : {};
  const line = Plot.line(curve.points, { ...style, ...dashes });
  if (!curve.dots) return [line];
  return [line, Plot.dot(curve.points, { ...style, r: 3.5, fill: theme.background })];
}
