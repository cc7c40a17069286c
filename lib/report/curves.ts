/**
 * Line charts, with every line labelled at its end.
 *
 * @module
 */

import { chartWidth, labelWidth, Plot, plot, type PlotMark, shortLabel, svgText } from "./svg.ts";
import type { Theme } from "./theme.ts";

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
