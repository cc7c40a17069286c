/**
 * One sample as text: a picture of characters that needs neither colour nor a terminal.
 *
 * @module
 */

import type { ImageLook, InputSpec } from "../../lib/spec/mod.ts";

/** Dark to light on a dark screen. */
const shades = " .:-=+*#%@";
const steps = "▁▂▃▄▅▆▇█";
const mostLanes = 6;

/** Options of {@linkcode sampleArt}. */
export interface SampleArtOptions {
  /** Columns that the drawing may take. */
  readonly width: number;
  /** How an image is drawn, where its channels do not say it. */
  readonly look?: ImageLook | undefined;
}

/**
 * Draws a sample in model layout.
 *
 * @param values Values in sample layout, or token ids.
 */
export function sampleArt(
  input: InputSpec,
  values: ArrayLike<number>,
  { width, look }: SampleArtOptions,
): string {
  switch (input.kind) {
    case "image":
      return imageArt(input, values, width, look);
    case "series":
      return seriesArt(input, values, width);
    case "tabular":
      return tabularArt(values, width);
    case "tokens":
      return tokensArt(values, width);
  }
}

/**
 * The mean of the channels in shades; two characters make a square pixel. The first row of a
 * spectrogram, its lowest frequency, is at the bottom.
 */
function imageArt(
  { channels, height, width }: Extract<InputSpec, { kind: "image" }>,
  values: ArrayLike<number>,
  columns: number,
  look: ImageLook | undefined,
): string {
  const scale = Math.max(1, Math.ceil(2 * width / columns));
  const across = Math.floor(width / scale);
  const down = Math.floor(height / scale);
  const cells = Array.from({ length: across * down }, (_, cell) => {
    const top = Math.floor(cell / across) * scale;
    const left = (cell % across) * scale;
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      for (let y = top; y < top + scale; y++) {
        for (let x = left; x < left + scale; x++) sum += values[(c * height + y) * width + x]!;
      }
    }
    return sum;
  });
  const level = levels(cells);
  const lines: string[] = [];
  for (let y = 0; y < down; y++) {
    const row = cells.slice(y * across, (y + 1) * across);
    lines.push(row.map((cell) => shades[level(cell, shades.length)]!.repeat(2)).join("").trimEnd());
  }
  return (look === "spectrogram" ? lines.reverse() : lines).join("\n");
}

/** One line of steps for each of the channels that vary most. */
function seriesArt(
  { channels, length }: Extract<InputSpec, { kind: "series" }>,
  values: ArrayLike<number>,
  width: number,
): string {
  const lanes = Array.from({ length: channels }, (_, channel) => {
    const lane = Array.from({ length }, (_, t) => values[channel * length + t]!);
    return { channel, lane, variance: variance(lane) };
  });
  const shown = lanes.toSorted((a, b) => b.variance - a.variance).slice(0, mostLanes)
    .toSorted((a, b) => a.channel - b.channel);
  const columns = Math.min(length, Math.max(16, width - 8));
  return shown.map(({ channel, lane }) => {
    const means = Array.from({ length: columns }, (_, i) => {
      const [from, to] = [i, i + 1].map((k) => Math.floor(k * length / columns)) as [
        number,
        number,
      ];
      const part = lane.slice(from, Math.max(from + 1, to));
      return part.reduce((sum, value) => sum + value, 0) / part.length;
    });
    const level = levels(means);
    const art = means.map((value) => steps[level(value, steps.length)]).join("");
    return `${`#${channel}`.padEnd(6)}${art}`;
  }).join("\n");
}

/** One bar a column, left or right of the middle. */
function tabularArt(values: ArrayLike<number>, width: number): string {
  const most = Math.max(1e-12, ...Array.from(values, Math.abs));
  const half = Math.max(4, Math.min(24, Math.floor((width - 22) / 2)));
  return Array.from(values, (value, i) => {
    const size = Math.round(Math.abs(value) / most * half);
    const left = value < 0 ? "#".repeat(size).padStart(half) : " ".repeat(half);
    const right = value < 0 ? "" : "#".repeat(size);
    const number = value.toPrecision(4).padStart(11);
    return `${`#${i}`.padEnd(6)}${number}  ${left}|${right}`.trimEnd();
  }).join("\n");
}

function tokensArt(values: ArrayLike<number>, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const id of Array.from(values, String)) {
    if (line !== "" && line.length + 1 + id.length > width) {
      lines.push(line);
      line = id;
    } else line = line === "" ? id : `${line} ${id}`;
  }
  return [...lines, line].join("\n");
}

/** Maps values to 0..count-1 by their own range; equal values are all in the middle. */
function levels(values: readonly number[]): (value: number, count: number) => number {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return (value, count) =>
    most > least
      ? Math.min(count - 1, Math.floor((value - least) / (most - least) * count))
      : Math.floor(count / 2);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
