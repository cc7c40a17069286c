/**
 * The kinds of charts in the report, as functions of plain numbers.
 *
 * @module
 */

import { type Drawing, Plot, plot, svgText } from "./svg.ts";
import type { Theme } from "./theme.ts";

/** A line through points. */
export interface Curve {
  readonly label: string;
  /** Colour slot; see the theme. */
  readonly slot: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Drawn with dashes, such as published curves. */
  readonly dashed?: boolean;
  /** Marks every point. */
  readonly dots?: boolean;
}

/** A value with its interval. */
export interface Bar {
  readonly label: string;
  readonly slot: number;
  readonly value: number;
  /** Text at the end of the bar. */
  readonly text: string;
  readonly low?: number;
  readonly high?: number;
  readonly published?: number;
}

/** A value before and after something was done. */
export interface Change {
  readonly label: string;
  readonly slot: number;
  readonly before: number;
  readonly after: number;
  readonly text: string;
}

const width = 560;
const lineHeight = 16;

/** Lines with their labels at the right end. */
export function drawCurves(
  curves: readonly Curve[],
  axes: { readonly x: string; readonly y: string; readonly description: string },
  theme: Theme,
): string {
  const labels = [...new Map(curves.map((curve) => [curve.label, curve])).values()];
  const marginRight = 18 + 7.4 * Math.max(0, ...labels.map(({ label }) => [...label].length));
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLogarithmic = least > 0 && most / least > 50;
  const drawing: Drawing = {
    width,
    height: 300,
    options: {
      marginRight: Math.min(marginRight, width / 3),
      marginLeft: 58,
      marginTop: 34,
      marginBottom: 44,
      x: { label: axes.x, labelArrow: "none", labelAnchor: "center", ticks: 5, insetLeft: 4 },
      y: {
        label: axes.y,
        labelArrow: "none",
        type: isLogarithmic ? "log" : "linear",
        ticks: 5,
        nice: true,
        grid: true,
        ...(isLogarithmic ? { tickFormat: "~g" } : {}),
      },
    },
    marks: [
      Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
      Plot.axisX({
        ticks: 5,
        tickSize: 4,
        label: axes.x,
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY({ ticks: 5, tickSize: 0, label: axes.y, labelArrow: "none" }),
      ...curves.flatMap((curve) => curveMarks(curve, theme)),
    ],
  };
  const scale = plot(drawing, theme).scale("y")!;
  const ends = labels.map((curve) => ({ curve, y: scale.apply(curve.points.at(-1)!.y) }));
  const placed = spread(ends.map(({ y }) => y), lineHeight, 300 - 44);
  const endMarks = ends.map(({ curve, y }, i) =>
    Plot.text([curve.points.at(-1)!], {
      x: "x",
      y: "y",
      text: () => curve.label,
      dx: 8,
      dy: placed[i]! - y,
      textAnchor: "start",
      fill: theme.series[curve.slot]!,
      fontWeight: 600,
    })
  );
  return svgText({ ...drawing, marks: [...drawing.marks, ...endMarks] }, theme, axes.description);
}

/** Horizontal bars with whiskers; published numbers as diamonds. */
export function drawBars(
  bars: readonly Bar[],
  axes: { readonly x: string; readonly description: string },
  theme: Theme,
): string {
  const hasPublished = bars.some(({ published }) => published !== undefined);
  const least = Math.min(0, ...bars.map(({ low, value }) => Math.min(low ?? value, value)));
  const most = Math.max(
    0,
    ...bars.map(({ high, value, published }) => Math.max(high ?? value, value, published ?? value)),
  );
  const y = (bar: Bar) => bar.label;
  const drawing: Drawing = {
    width,
    height: 64 + 34 * bars.length,
    options: {
      marginLeft: labelMargin(bars),
      marginRight: 76,
      marginTop: 14,
      marginBottom: 44,
      x: { domain: [least, most], nice: true },
      y: { label: null, domain: bars.map(y), padding: 0.36 },
    },
    marks: [
      Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({
        ticks: 6,
        tickSize: 0,
        label: axes.x,
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY({ tickSize: 0, label: null }),
      Plot.barX(bars, {
        x: "value",
        y,
        fill: (bar: Bar) => theme.series[bar.slot],
        fillOpacity: 0.85,
      }),
      Plot.ruleX([0], { stroke: theme.text }),
      Plot.link(bars.filter(({ low }) => low !== undefined), {
        x1: "low",
        x2: "high",
        y1: y,
        y2: y,
        stroke: theme.text,
        strokeWidth: 1.5,
      }),
      ...["low", "high"].map((end) =>
        Plot.tickX(bars.filter(({ low }) => low !== undefined), {
          x: end,
          y,
          stroke: theme.text,
          strokeWidth: 1.5,
          insetTop: 6,
          insetBottom: 6,
        })
      ),
      Plot.dot(bars.filter(({ published }) => published !== undefined), {
        x: "published",
        y,
        symbol: "diamond",
        r: 6,
        fill: theme.background,
        stroke: theme.text,
        strokeWidth: 1.5,
      }),
      Plot.text(bars, {
        x: (bar: Bar) => Math.max(bar.high ?? bar.value, bar.value, bar.published ?? bar.value, 0),
        y,
        text: "text",
        textAnchor: "start",
        dx: hasPublished ? 12 : 8,
        fontVariant: "tabular-nums",
      }),
    ],
  };
  return svgText(drawing, theme, axes.description);
}

/** Arrows from the value before to the value after. */
export function drawChanges(
  changes: readonly Change[],
  axes: { readonly x: string; readonly description: string },
  theme: Theme,
): string {
  const y = (change: Change) => change.label;
  const stroke = (change: Change) => theme.series[change.slot];
  const drawing: Drawing = {
    width,
    height: 64 + 34 * changes.length,
    options: {
      marginLeft: labelMargin(changes),
      marginRight: 76,
      marginTop: 14,
      marginBottom: 44,
      x: { domain: [0, Math.max(...changes.flatMap(({ before, after }) => [before, after]))] },
      y: { label: null, domain: changes.map(y), type: "point", padding: 0.6 },
    },
    marks: [
      Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({
        ticks: 6,
        tickSize: 0,
        label: axes.x,
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY({ tickSize: 0, label: null }),
      Plot.ruleX([0], { stroke: theme.text }),
      Plot.arrow(changes, {
        x1: "before",
        x2: "after",
        y1: y,
        y2: y,
        stroke,
        strokeWidth: 2.5,
        headLength: 7,
        insetStart: 5,
      }),
      Plot.dot(changes, {
        x: "before",
        y,
        r: 4.5,
        fill: theme.background,
        stroke,
        strokeWidth: 2,
      }),
      Plot.text(changes, {
        x: (change: Change) => Math.max(change.before, change.after),
        y,
        text: "text",
        textAnchor: "start",
        dx: 12,
        fontVariant: "tabular-nums",
      }),
    ],
  };
  return svgText(drawing, theme, axes.description);
}

/**
 * Moves places apart until neighbours have `gap` between them, keeping their order, and none lies
 * beyond `limit` where there is room.
 */
export function spread(
  places: readonly number[],
  gap: number,
  limit: number,
): readonly number[] {
  const order = places.map((_, i) => i).sort((i, j) => places[i]! - places[j]! || i - j);
  const out = [...places];
  for (let pass = 1; pass < order.length; pass++) {
    const [above, below] = [order[pass - 1]!, order[pass]!];
    out[below] = Math.max(out[below]!, out[above]! + gap);
  }
  let bound = limit;
  for (const index of order.reverse()) {
    out[index] = Math.min(out[index]!, bound);
    bound = out[index]! - gap;
  }
  return out;
}

function curveMarks(curve: Curve, theme: Theme) {
  const stroke = theme.series[curve.slot]!;
  const line = Plot.line(curve.points, {
    x: "x",
    y: "y",
    stroke,
    strokeWidth: 2,
    ...(curve.dashed ? { strokeDasharray: "5 4" } : {}),
  });
  return curve.dots
    ? [
      line,
      Plot.dot(curve.points, {
        x: "x",
        y: "y",
        r: 3.5,
        fill: theme.background,
        stroke,
        strokeWidth: 2,
      }),
    ]
    : [line];
}

/** Room for the longest row label, up to a third of the drawing. */
function labelMargin(rows: readonly { readonly label: string }[]): number {
  const longest = Math.max(0, ...rows.map(({ label }) => [...label].length));
  return Math.min(16 + 7.4 * longest, width / 3);
}
