/**
 * Samples as pictures: images, spectrograms, bands, token sequences, time series, rows of a table.
 *
 * @module
 */

import { encode } from "fast-png";
import { type ImageLook, type InputSpec, usualLook } from "../spec/mod.ts";
import type { Theme } from "./theme.ts";

/** A picture of red, green, blue and opacity, four bytes a pixel, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** An input of one kind. */
type Input<Kind> = Extract<InputSpec, { kind: Kind }>;

/** What of a sample is drawn. */
export interface SampleView {
  /** Values in sample layout, or token ids. */
  readonly values: ArrayLike<number>;
  /** The original, which sets the range of values and says which tokens are right. */
  readonly original: ArrayLike<number>;
  /** 1 for every patch that is hidden: drawn grey. */
  readonly hidden?: ArrayLike<number>;
}

type Rgb = readonly [number, number, number];

/** A colour, or undefined where the page shows through. */
type Pixel = Rgb | undefined;

/** Grey of hidden patches: apart from both pages' backgrounds. */
const hiddenColor: Rgb = [150, 155, 165];

/** Black, purple, red, orange, pale yellow: even steps of lightness. */
const heat: readonly Rgb[] = [[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 137, 97], [
  252,
  253,
  191,
]];

/**
 * Least side, in pixels, to which small pictures are enlarged, so that viewers do not blur them.
 */
const leastSide = 96;

/** Size and colours of a drawing. */
export interface SampleDrawing {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** Colour of patches that were filled in, in line drawings. */
  readonly color: string;
  /** 1 for every patch that was filled in. */
  readonly filled?: ArrayLike<number> | undefined;
  /** How an image is drawn, where its channels do not say it. */
  readonly look?: ImageLook | undefined;
  /** Whether pixels fill the size even where that changes their ratio. */
  readonly stretched?: boolean;
}

/** A sample as SVG: images and tokens as pixels, series and tables as lines and bars. */
export function drawSample(input: InputSpec, view: SampleView, drawing: SampleDrawing): string {
  switch (input.kind) {
    case "series":
      return seriesArt(input, view, drawing);
    case "tabular":
      return tabularArt(input, view, drawing);
    case "tokens":
      return pixels(tokensRaster(input, view), drawing);
    case "image":
      return pixels(imageRaster(input, view, drawing.look), drawing);
  }
}

function pixels(raster: Raster, { width, height, stretched }: SampleDrawing): string {
  return `<image width="${width}" height="${height}" ` +
    `${stretched ? 'preserveAspectRatio="none" ' : ""}style="image-rendering:pixelated" ` +
    `href="${pngAddress(raster)}"/>`;
}

/** A PNG file as an address that can be written into a page. */
export function pngAddress(raster: Raster): string {
  const bytes = encode({ ...raster, channels: 4, depth: 8 });
  return `data:image/png;base64,${bytes.toBase64()}`;
}

/**
 * An image: colours for three channels, grey for one, a spectrogram in false colours with the first
 * row at the bottom, and bands as a contact sheet with one grey tile a channel.
 */
export function imageRaster(
  input: Input<"image">,
  view: SampleView,
  look: ImageLook = usualLook(input),
): Raster {
  const { channels, height, width } = input;
  const size = height * width;
  const hiddenAt = (y: number, x: number) =>
    view.hidden?.[
      Math.floor(y / input.patch) * (width / input.patch) + Math.floor(x / input.patch)
    ] === 1;
  if (look !== "bands") {
    const level = levels(view, 0, channels * size);
    return enlarge(paint(width, height, (x, y) => {
      const row = look === "spectrogram" ? height - 1 - y : y;
      if (hiddenAt(row, x)) return hiddenColor;
      const at = row * width + x;
      if (channels === 3) {
        return [level(at), level(size + at), level(2 * size + at)].map(byte) as unknown as Rgb;
      }
      return look === "spectrogram" ? blend(heat, level(at)) : gray(level(at));
    }));
  }
  const across = sheetColumns(channels);
  const down = Math.ceil(channels / across);
  const tile = Array.from({ length: channels }, (_, c) => levels(view, c * size, (c + 1) * size));
  // One pixel of space between the tiles.
  const [sheetWidth, sheetHeight] = [across * (width + 1) - 1, down * (height + 1) - 1];
  return enlarge(paint(sheetWidth, sheetHeight, (x, y) => {
    const [i, j] = [Math.floor(y / (height + 1)), Math.floor(x / (width + 1))];
    const [row, column] = [y % (height + 1), x % (width + 1)];
    const channel = i * across + j;
    if (channel >= channels || row === height || column === width) return undefined;
    if (hiddenAt(row, column)) return hiddenColor;
    return gray(tile[channel]!(channel * size + row * width + column));
  }));
}

/** Columns of the contact sheet of a number of channels: wider than high, with few empty places. */
export function sheetColumns(channels: number): number {
  return Math.ceil(Math.sqrt(1.6 * channels));
}

/** A token sequence as coloured cells in reading order; a wrong token carries a dark dot. */
export function tokensRaster(input: Input<"tokens">, view: SampleView): Raster {
  const across = Math.ceil(Math.sqrt(2 * input.length));
  const down = Math.ceil(input.length / across);
  const cell = 6;
  return paint(across * cell, down * cell, (x, y) => {
    const at = Math.floor(y / cell) * across + Math.floor(x / cell);
    if (at >= input.length || x % cell === cell - 1 || y % cell === cell - 1) {
      return undefined;
    }
    if (view.hidden?.[at] === 1) return hiddenColor;
    const isDot = [1, 2, 3].includes(x % cell) && [1, 2, 3].includes(y % cell);
    if (isDot && view.values[at] !== view.original[at]) return [20, 20, 20];
    return tokenColor(view.values[at]!, input.vocabulary);
  });
}

/** Colour of a token: neighbouring ids of small vocabularies lie far apart on the colour wheel. */
export function tokenColor(id: number, vocabulary: number): Rgb {
  const turn = vocabulary <= 8 ? id / vocabulary : (id * 0.618034) % 1;
  const lightness = vocabulary <= 8 ? 0.6 : [0.38, 0.7, 0.48, 0.6][id % 4]!;
  const channel = (shift: number) => {
    const wave = Math.abs(((turn + shift) * 6) % 6 - 3) - 1;
    const saturated = Math.max(0, Math.min(1, wave));
    return byte(lightness + 0.75 * (saturated - 0.5) * 2 * Math.min(lightness, 1 - lightness));
  };
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}

/** Maps values to 0..1 by the range of a part of the original. */
function levels(view: SampleView, start: number, end: number): (at: number) => number {
  const { low, range } = rangeOf(view.original, start, end);
  return (at) => Math.max(0, Math.min(1, (view.values[at]! - low) / range));
}

function paint(width: number, height: number, color: (x: number, y: number) => Pixel): Raster {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const pixel = color(x, y);
      if (pixel !== undefined) data.set([...pixel, 255], at);
    }
  }
  return { width, height, data };
}

/** Repeats pixels until the picture is large enough. */
function enlarge(raster: Raster): Raster {
  const { width, height, data } = raster;
  const factor = Math.ceil(leastSide / Math.min(width, height));
  if (factor <= 1) return raster;
  return paint(width * factor, height * factor, (x, y) => {
    const at = 4 * (Math.floor(y / factor) * width + Math.floor(x / factor));
    return data[at + 3] === 0 ? undefined : [data[at]!, data[at + 1]!, data[at + 2]!];
  });
}

function blend(colors: readonly Rgb[], level: number): Rgb {
  const place = level * (colors.length - 1);
  const [a, b] = [colors[Math.floor(place)]!, colors[Math.ceil(place)]!];
  const mix = (c: number) => Math.round(a[c]! + (place % 1) * (b[c]! - a[c]!));
  return [mix(0), mix(1), mix(2)];
}

function gray(level: number): Rgb {
  const value = byte(level);
  return [value, value, value];
}

function byte(level: number): number {
  return Math.round(255 * level);
}

/** Most channels of a series that are drawn: those that vary most. */
const mostLanes = 3;

/** A series as SVG: one lane a channel, hidden patches as grey bands, filled-in ones in colour. */
export function seriesArt(
  input: Input<"series">,
  view: SampleView,
  options: SampleDrawing,
): string {
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
export function tabularArt(
  input: Input<"tabular">,
  view: SampleView,
  options: SampleDrawing,
): string {
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
  { width, height, theme }: SampleDrawing,
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
function lively(input: Input<"series">, original: ArrayLike<number>): readonly number[] {
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
