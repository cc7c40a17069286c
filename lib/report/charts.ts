/**
 * Charts: bars with intervals and arrows, one row a method, and lines labelled at their ends.
 *
 * @module
 */

import { chartWidth, labelWidth, Plot, plot, type PlotMark, shortLabel, svgText } from "./svg.ts";
import type { Theme } from "./theme.ts";

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

/** Lines with their labels at the right end; a logarithmic axis where values span a factor of 50. */
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
