/**
 * Changes of size and shape of 8-bit images, as Pillow and torchvision make them, bit for bit.
 *
 * Source: Pillow's `Resample.c`; methods.md, section 14.
 *
 * @module
 */

/** An 8-bit image whose channels lie side by side in every pixel. */
export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** `height * width * channels` values. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Values of a pixel; 3 if left out. */
  readonly channels?: number;
}

/** A part of an image; right and bottom are not included. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Bits of the fractions by which pixels are multiplied. */
const precision = 22;
const half = 1 << (precision - 1);

/** How one axis is resampled. */
interface Taps {
  /** First source position of every target position. */
  readonly first: Int32Array;
  /** Number of source positions of every target position. */
  readonly count: Int32Array;
  /** Weights, `stride` for every target position, in fixed point. */
  readonly weights: Int32Array;
  readonly stride: number;
  /** The same by source positions, where an axis shrinks. */
  readonly shares: Shares | undefined;
}

/**
 * What every source position gives to two neighbouring targets: those between `edges[i]` and
 * `edges[i + 1]` give their first weight to target `i - 1` and their second to target `i`.
 */
interface Shares {
  readonly edges: Int32Array;
  /** Two for every source position. */
  readonly weights: Int32Array;
}

/** Images of a data set often share their sizes; of 32 sizes the taps are kept. */
const knownTaps = new Map<string, Taps>();

/**
 * Resizes an image with the antialiased bilinear filter, whatever its aspect ratio: rows, then
 * columns, each rounded to 8 bits. An image that has the size already keeps its pixels.
 *
 * As Pillow does since version 13, columns go first if the height shrinks by more than twice as
 * many pixels as the width. Older versions differ from it in such images, by a grey level here and
 * there.
 */
export function resizeImage(image: PixelImage, width: number, height: number): PixelImage {
  const channels = image.channels ?? 3;
  const lost = image.height - height;
  const rowsFirst = !(lost > 0 && lost > 2 * (image.width - width));
  const columns = (data: Uint8Array<ArrayBuffer>, rowLength: number) =>
    height === image.height
      ? data
      : resizeColumns(data, rowLength, tapsOf(image.height, height), height);
  const rows = (data: Uint8Array<ArrayBuffer>, count: number) => {
    if (width === image.width) return data;
    const taps = tapsOf(image.width, width);
    return channels === 3 && taps.shares !== undefined
      ? shrinkColourRows(data, count, taps.shares, width)
      : resizeRows(data, { width: image.width, height: count, channels }, taps, width);
  };
  const data = rowsFirst
    ? columns(rows(image.data, image.height), width * channels)
    : rows(columns(image.data, image.width * channels), height);
  return { width, height, channels, data };
}

/** Cuts out a part; what lies outside the image is black. */
export function cropImage(image: PixelImage, { left, top, right, bottom }: Box): PixelImage {
  const channels = image.channels ?? 3;
  const width = Math.max(0, right - left);
  const height = Math.max(0, bottom - top);
  const data = new Uint8Array(width * height * channels);
  const from = Math.max(0, left);
  const to = Math.min(image.width, right);
  for (let row = Math.max(0, top); row < Math.min(image.height, bottom) && from < to; row++) {
    const start = row * image.width;
    const part = image.data.subarray((start + from) * channels, (start + to) * channels);
    data.set(part, ((row - top) * width + from - left) * channels);
  }
  return { width, height, channels, data };
}

/**
 * Cuts out the middle, as torchvision's `CenterCrop` does for images that are large enough: halves
 * of the margin are rounded to the even number.
 */
export function cropCentre(image: PixelImage, width: number, height: number): PixelImage {
  const left = roundHalfEven((image.width - width) / 2);
  const top = roundHalfEven((image.height - height) / 2);
  return cropImage(image, { left, top, right: left + width, bottom: top + height });
}

/** Moves the channels to the front: layout (channels, height, width). */
export function toPlanes({ data, channels = 3 }: PixelImage): Uint8Array<ArrayBuffer> {
  return channelsFirst(data, channels);
}

/** Values of the layout (channels, pixels) made of those of (pixels, channels). */
export function channelsFirst<
  Values extends Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array,
>(values: Values, channels: number): Values {
  const planes = values.slice() as Values;
  const size = values.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * size;
    for (let pixel = 0, at = channel; pixel < size; pixel++, at += channels) {
      planes[start + pixel] = values[at]!;
    }
  }
  return planes;
}

function tapsOf(size: number, target: number): Taps {
  const key = `${size} ${target}`;
  const known = knownTaps.get(key);
  if (known !== undefined) return known;
  const taps = computeTaps(size, target);
  if (knownTaps.size >= 32) knownTaps.clear();
  knownTaps.set(key, taps);
  return taps;
}

function computeTaps(size: number, target: number): Taps {
  const scale = size / target;
  const support = Math.max(1, scale);
  const stride = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Int32Array(target * stride);
  const exact = new Float64Array(stride);
  const slope = 1 / support;
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const taps = Math.min(size, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const distance = Math.abs((k + start - centre + 0.5) * slope);
      exact[k] = distance < 1 ? 1 - distance : 0;
      sum += exact[k]!;
    }
    first[i] = start;
    count[i] = taps;
    for (let k = 0; k < taps; k++) {
      const weight = sum === 0 ? exact[k]! : exact[k]! / sum;
      weights[i * stride + k] = Math.trunc(0.5 + weight * (1 << precision));
    }
  }
  const taps = { first, count, weights, stride };
  return { ...taps, shares: sharesOf(taps, size, target) };
}

/** Undefined if some position counts for more than two targets, as where an axis grows. */
function sharesOf(
  { first, count, weights, stride }: Omit<Taps, "shares">,
  size: number,
  target: number,
): Shares | undefined {
  const endOf = (i: number) => i < 0 ? 0 : first[i]! + count[i]!;
  const edges = new Int32Array(target + 2);
  for (let i = 0; i < target; i++) {
    edges[i] = first[i]!;
    if (first[i] !== (i === 1 ? first[i] : endOf(i - 2))) return undefined;
  }
  edges[target] = endOf(target - 2);
  edges[target + 1] = size;
  const shares = new Int32Array(2 * size);
  for (let i = 0; i < target; i++) {
    for (let k = 0; k < count[i]!; k++) {
      const position = first[i]! + k;
      shares[2 * position + (position < edges[i + 1]! ? 1 : 0)] = weights[i * stride + k]!;
    }
  }
  return { edges, weights: shares };
}

/**
 * Sums of weighted pixels stay below 2^31, and weights are not negative, so only 255 can be passed.
 */
function toByte(sum: number): number {
  const value = sum >> precision;
  return value > 255 ? 255 : value;
}

/** Rows that are resized. */
type RowShape = Required<Omit<PixelImage, "data">>;

/** Shrinks all rows of an image of three channels: the inner loop, so it is written out. */
function shrinkColourRows(
  data: Uint8Array,
  height: number,
  { edges, weights }: Shares,
  target: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(target * height * 3);
  let from = 0;
  let to = 0;
  for (let row = 0; row < height; row++) {
    let red = half;
    let green = half;
    let blue = half;
    let nextRed = half;
    let nextGreen = half;
    let nextBlue = half;
    for (let i = 0, at = 0; i <= target; i++) {
      for (const end = 2 * edges[i + 1]!; at < end; at += 2, from += 3) {
        const weight = weights[at]!;
        const nextWeight = weights[at + 1]!;
        const r = data[from]!;
        const g = data[from + 1]!;
        const b = data[from + 2]!;
        red = (red + weight * r) | 0;
        green = (green + weight * g) | 0;
        blue = (blue + weight * b) | 0;
        nextRed = (nextRed + nextWeight * r) | 0;
        nextGreen = (nextGreen + nextWeight * g) | 0;
        nextBlue = (nextBlue + nextWeight * b) | 0;
      }
      if (i > 0) {
        result[to] = toByte(red);
        result[to + 1] = toByte(green);
        result[to + 2] = toByte(blue);
        to += 3;
      }
      red = nextRed;
      green = nextGreen;
      blue = nextBlue;
      nextRed = nextGreen = nextBlue = half;
    }
  }
  return result;
}

function resizeRows(
  data: Uint8Array,
  { width, height, channels }: RowShape,
  { first, count, weights, stride }: Taps,
  target: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(target * height * channels);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < target; i++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = half;
        let from = (row * width + first[i]!) * channels + channel;
        for (let k = 0; k < count[i]!; k++, from += channels) {
          sum = (sum + weights[i * stride + k]! * data[from]!) | 0;
        }
        result[to++] = toByte(sum);
      }
    }
  }
  return result;
}

/** Resizes all columns; whole rows are added up, so that memory is read in order. */
function resizeColumns(
  data: Uint8Array,
  rowLength: number,
  { first, count, weights, stride }: Taps,
  target: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(target * rowLength);
  const sums = new Int32Array(rowLength);
  for (let i = 0; i < target; i++) {
    sums.fill(half);
    for (let k = 0; k < count[i]!; k++) {
      const weight = weights[i * stride + k]!;
      const from = (first[i]! + k) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] = sums[x]! + weight * data[from + x]!;
    }
    const to = i * rowLength;
    for (let x = 0; x < rowLength; x++) result[to + x] = toByte(sums[x]!);
  }
  return result;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const odd = floor % 2 !== 0;
  return value - floor > 0.5 || (value - floor === 0.5 && odd) ? floor + 1 : floor;
}
