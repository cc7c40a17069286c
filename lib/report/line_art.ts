/**
 * Samples as line drawings: time series and rows of a table.
 *
 * @module
 */

import type { InputSpec } from "../spec/mod.ts";
import type { SampleView } from "./raster.ts";
import type { Theme } from "./theme.ts";

/** An input that is a time series. */
export type SeriesInput = Extract<InputSpec, { kind: "series" }>;

/** An input that is a row of a table. */
export type TabularInput = Extract<InputSpec, { kind: "tabular" }>;

/** Size and colours of a line drawing. */
export interface LineArtOptions {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** Colour of patches that were filled in. */
  readonly color: string;
  /** 1 for every patch that was filled in. */
  readonly filled?: ArrayLike<number>;
}

/** Most channels of a series that are drawn: those that vary most. */
const mostLanes = 3;

/** A series as SVG: one lane a channel, hidden patches as grey bands, filled-in ones in colour. */
export function seriesArt(input: SeriesInput, view: SampleView, options: LineArtOptions): string {
  const { length, patch } = input;
  const channels = lively(input, view.original);
  const laneHeight = options.height / channels.length;
  const parts = [bands(length / patch, view.hidden, options)];
  channels.forEach((channel, lane) => {
    const { low, range } = rangeOf(view.original, channel * length, (channel + 1) * length);
    const point = (t: number) => {
      const level = (view.values[channel * length + t]! - low) / range;
      const y = laneHeight * (lane + 0.92 - 0.84 * Math.max(-0.09, Math.min(1.09, level)));
      return `${short((t + 0.5) * options.width / length)},${short(y)}`;
    };
    for (let start = 0; start < length;) {
      const index = Math.floor(start / patch);
      let end = start + patch;
      const same = (other: number) =>
        options.filled?.[other] === options.filled?.[index] &&
        view.hidden?.[other] === view.hidden?.[index];
      while (end < length && same(end / patch)) end += patch;
      if (view.hidden?.[index] !== 1) {
        // A segment starts where the one before it ended, so that the line is whole.
        const isJoined = start > 0 && view.hidden?.[index - 1] !== 1;
        const first = isJoined ? start - 1 : start;
        const points = Array.from({ length: end - first }, (_, i) => point(first + i));
        const stroke = options.filled?.[index] === 1 ? options.color : options.theme.text;
        parts.push(
          `<polyline points="${points.join(" ")}" fill="none" stroke="${stroke}" ` +
            `stroke-width="1.1" stroke-linejoin="round"/>`,
        );
      }
      start = end;
    }
  });
  return parts.join("");
}

/** A row of a table as SVG: one bar a column around the middle, in units of the largest value. */
export function tabularArt(input: TabularInput, view: SampleView, options: LineArtOptions): string {
  const { features } = input;
  const step = options.width / features;
  const most = Math.max(1e-12, ...Array.from(view.original, Math.abs));
  const middle = options.height / 2;
  const parts = [bands(features, view.hidden, options)];
  for (let i = 0; i < features; i++) {
    if (view.hidden?.[i] === 1) continue;
    const level = Math.max(-1.08, Math.min(1.08, view.values[i]! / most));
    const size = Math.abs(level) * middle * 0.92;
    const fill = options.filled?.[i] === 1 ? options.color : options.theme.text;
    parts.push(
      `<rect x="${short((i + 0.15) * step)}" y="${short(level > 0 ? middle - size : middle)}" ` +
        `width="${short(0.7 * step)}" height="${short(Math.max(size, 0.5))}" fill="${fill}"/>`,
    );
  }
  parts.push(
    `<line x2="${short(options.width)}" y1="${short(middle)}" y2="${short(middle)}" ` +
      `stroke="${options.theme.muted}" stroke-width="0.5"/>`,
  );
  return parts.join("");
}

/** Grey bands behind hidden patches. */
function bands(
  patches: number,
  hidden: ArrayLike<number> | undefined,
  { width, height, theme }: LineArtOptions,
): string {
  const parts: string[] = [];
  for (let start = 0; start < patches; start++) {
    if (hidden?.[start] !== 1) continue;
    let end = start + 1;
    while (end < patches && hidden[end] === 1) end++;
    parts.push(
      `<rect x="${short(start * width / patches)}" width="${
        short((end - start) * width / patches)
      }" ` +
        `height="${short(height)}" fill="${theme.grid}"/>`,
    );
    start = end;
  }
  return parts.join("");
}

/** The channels that vary most, in channel order. */
function lively(input: SeriesInput, original: ArrayLike<number>): readonly number[] {
  const { channels, length } = input;
  const variances = Array.from({ length: channels }, (_, c) => {
    let [sum, squares] = [0, 0];
    for (let t = c * length; t < (c + 1) * length; t++) {
      sum += original[t]!;
      squares += original[t]! ** 2;
    }
    return squares / length - (sum / length) ** 2;
  });
  const order = variances.map((_, c) => c).sort((a, b) => variances[b]! - variances[a]! || a - b);
  return order.slice(0, mostLanes).sort((a, b) => a - b);
}

function rangeOf(values: ArrayLike<number>, start: number, end: number) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = start; i < end; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return { low, range: high > low ? high - low : 1 };
}

/** One decimal is below what a screen resolves. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
