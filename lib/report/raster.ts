/**
 * Samples as pixel pictures: images, multi-spectral bands, spectrograms, token sequences.
 *
 * @module
 */

import { encode } from "fast-png";
import type { InputSpec } from "../spec/mod.ts";

/** A picture of red, green, blue and opacity, four bytes a pixel, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** An input that is an image. */
export type ImageInput = Extract<InputSpec, { kind: "image" }>;

/** An input that is a token sequence. */
export type TokensInput = Extract<InputSpec, { kind: "tokens" }>;

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

/** Least side, in pixels, to which small pictures are enlarged, so that viewers do not blur them. */
const leastSide = 96;

/** A PNG file as an address that can be written into a page. */
export function pngAddress(raster: Raster): string {
  const bytes = encode({ ...raster, channels: 4, depth: 8 });
  return `data:image/png;base64,${toBase64(bytes)}`;
}

/**
 * An image: colours for three channels, grey (or heat, for spectrograms) for one, and otherwise a
 * contact sheet with one grey tile a channel.
 *
 * @param look `heat` draws one channel in false colours with the first row at the bottom.
 */

export function imageRaster(
  input: ImageInput,
  view: SampleView,
  look: "plain" | "heat" = "plain",
): Raster {
  const { channels, height, width } = input;
  const size = height * width;
  const hiddenAt = (y: number, x: number) =>
    view.hidden?.[
      Math.floor(y / input.patch) * (width / input.patch) + Math.floor(x / input.patch)
    ] === 1;
  if (channels === 1 || channels === 3) {
    const level = levels(view, 0, channels * size);
    return enlarge(paint(width, height, (x, y) => {
      const row = look === "heat" ? height - 1 - y : y;
      if (hiddenAt(row, x)) return hiddenColor;
      const at = row * width + x;
      if (channels === 3) {
        return [level(at), level(size + at), level(2 * size + at)].map(byte) as unknown as Rgb;
      }
      return look === "heat" ? blend(heat, level(at)) : gray(level(at));
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
export function tokensRaster(input: TokensInput, view: SampleView): Raster {
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
  let [least, most] = [Infinity, -Infinity];
  for (let i = start; i < end; i++) {
    least = Math.min(least, view.original[i]!);
    most = Math.max(most, view.original[i]!);
  }
  const range = most > least ? most - least : 1;
  return (at) => Math.max(0, Math.min(1, (view.values[at]! - least) / range));
}

function paint(
  width: number,
  height: number,
  color: (x: number, y: number) => Pixel,
): Raster {
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

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const value of bytes) binary += String.fromCharCode(value);
  return btoa(binary);
}
