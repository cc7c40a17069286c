/**
 * PNG images of every kind, as 8-bit colour.
 *
 * The chunks are read here and the pixels are inflated by the runtime: checksums are verified, a
 * decompression bomb ends at the size that the header promises, and it takes a third of the time of
 * `fast-png`, which inflates in JavaScript and without a bound. Source: PNG specification (third
 * edition); conversions are those of Pillow's `convert("RGB")`.
 *
 * @module
 */

import { crc32, inflateSync } from "node:zlib";
import { concatBytes, DataError, reasonOf } from "../../util/mod.ts";
import { checkImageSize, type RgbImage, undecodable } from "./rgb_image.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples of a pixel by colour type: grey, colour, palette, and the first two with alpha. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** First column and row, and the steps, of the seven passes of an interlaced image. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const wholeImage = [[0, 0, 1, 1]] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/** Whether bytes start like a PNG image. */
export function isPng(start: Uint8Array): boolean {
  return signature.every((byte, i) => start[i] === byte);
}

/**
 * Decodes an image. Alpha is dropped, palettes are looked up, grey is repeated; of 16 bits the
 * upper 8 are kept.
 *
 * @param name Name for messages.
 * @throws {DataError} If the image is damaged or cut off.
 */
export function decodePng(bytes: Uint8Array<ArrayBuffer>, name: string): RgbImage {
  const fail = (what: string, cause?: unknown) => undecodable(name, what, cause);
  const { header, palette, packed } = readChunks(bytes, name, fail);
  const { width, height } = header;
  const layout = layoutOf(header);
  const raw = inflate(packed, layout.bytes, fail);
  const data = new Uint8Array(width * height * 3);
  const write = pixelWriter(header, palette, data, fail);
  let start = 0;
  for (const { columns, rows, rowBytes, place: [x, y, stepX, stepY] } of layout.passes) {
    unfilter(raw, { start, rows, rowBytes, pixelBytes: layout.pixelBytes }, fail);
    for (let row = 0; row < rows; row++) {
      const line = raw.subarray(start + 1, start + 1 + rowBytes);
      write(line, columns, ((y + row * stepY) * width + x) * 3, 3 * stepX);
      start += 1 + rowBytes;
    }
  }
  return { width, height, data };
}

type Fail = (what: string, cause?: unknown) => DataError;

interface Chunks {
  readonly header: Header;
  readonly palette: Uint8Array | undefined;
  /** The compressed pixels. */
  readonly packed: Uint8Array;
}

/** Reads the chunks and verifies their checksums. */
function readChunks(bytes: Uint8Array<ArrayBuffer>, name: string, fail: Fail): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels: Uint8Array[] = [];
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  for (let at = signature.length;;) {
    const length = at + 12 > bytes.length ? Infinity : view.getUint32(at);
    if (at + 12 + length > bytes.length) throw fail(`it is cut off after ${bytes.length} bytes`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw fail(`it is damaged, the checksum of the chunk at byte ${at} is wrong`);
    }
    if (type === "IHDR") header = readHeader(body, name, fail);
    else if (header === undefined) throw fail("it does not start with a header");
    else if (type === "PLTE") palette = body;
    else if (type === "IDAT") pixels.push(body);
    else if (type === "IEND") return { header, palette, packed: concatBytes(pixels) };
    at += 12 + length;
  }
}

function readHeader(body: Uint8Array, name: string, fail: Fail): Header {
  if (body.length !== 13) throw fail("its header has a wrong length");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: view.getUint8(8),
    colourType: view.getUint8(9),
    interlaced: view.getUint8(12) === 1,
  };
  checkImageSize(name, header.width, header.height);
  if (!depthsOf[header.colourType]?.includes(header.depth)) {
    throw fail(`its pixels are of type ${header.colourType} with ${header.depth} bits`);
  }
  return header;
}

interface Layout {
  /** Bytes of all rows, with a filter byte each. */
  readonly bytes: number;
  /** Bytes to the same sample of the pixel before, at least 1. */
  readonly pixelBytes: number;
  readonly passes: readonly {
    readonly columns: number;
    readonly rows: number;
    readonly rowBytes: number;
    readonly place: readonly [x: number, y: number, stepX: number, stepY: number];
  }[];
}

function layoutOf({ width, height, depth, colourType, interlaced }: Header): Layout {
  const bits = depth * samplesOf[colourType]!;
  const places = interlaced ? passes : wholeImage;
  const sizes = places.map((place) => {
    const [x, y, stepX, stepY] = place;
    const columns = Math.ceil((width - x) / stepX);
    return {
      columns,
      // A pass without columns has no filter bytes either.
      rows: columns > 0 ? Math.max(0, Math.ceil((height - y) / stepY)) : 0,
      rowBytes: Math.ceil(Math.max(0, columns) * bits / 8),
      place,
    };
  });
  return {
    bytes: sizes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0),
    pixelBytes: Math.max(1, bits >> 3),
    passes: sizes,
  };
}

function inflate(packed: Uint8Array, size: number, fail: Fail): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateSync(packed, { maxOutputLength: size });
  } catch (cause) {
    const reason = reasonOf(cause);
    throw fail(`its pixels are damaged (${reason})`, cause);
  }
  if (raw.length === size) return raw;
  throw fail(`it has ${raw.length} bytes of pixels, its header promises ${size}`);
}

interface FilteredRows {
  readonly start: number;
  readonly rows: number;
  readonly rowBytes: number;
  readonly pixelBytes: number;
}

/** Undoes the filters of rows in place: each byte was replaced by its difference from a guess. */
function unfilter(raw: Uint8Array, part: FilteredRows, fail: Fail): void {
  const { start, rows, rowBytes, pixelBytes: back } = part;
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let row = 0; row < rows; row++) {
    const at = start + row * (1 + rowBytes);
    const line = raw.subarray(at + 1, at + 1 + rowBytes);
    switch (raw[at]) {
      case 0:
        break;
      case 1:
        for (let i = back; i < rowBytes; i++) line[i]! += line[i - back]!;
        break;
      case 2:
        for (let i = 0; i < rowBytes; i++) line[i]! += above[i]!;
        break;
      case 3:
        for (let i = 0; i < rowBytes; i++) {
          line[i]! += ((i < back ? 0 : line[i - back]!) + above[i]!) >> 1;
        }
        break;
      case 4:
        for (let i = 0; i < Math.min(back, rowBytes); i++) line[i]! += above[i]!;
        for (let i = back; i < rowBytes; i++) {
          const [left, up, corner] = [line[i - back]!, above[i]!, above[i - back]!];
          const toLeft = Math.abs(up - corner);
          const toUp = Math.abs(left - corner);
          const toCorner = Math.abs(left + up - 2 * corner);
          line[i]! += toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
        }
        break;
      default:
        throw fail(`its pixels are damaged, row ${row} has the filter ${raw[at]}`);
    }
    above = line;
  }
}

/** Writes the pixels of a row to every `step`-th place of the image. */
type PixelWriter = (line: Uint8Array, columns: number, start: number, step: number) => void;

function pixelWriter(
  { depth, colourType }: Header,
  palette: Uint8Array | undefined,
  data: Uint8Array,
  fail: Fail,
): PixelWriter {
  const sampleBytes = depth === 16 ? 2 : 1;
  const stride = samplesOf[colourType]! * sampleBytes;
  if (colourType === 2 || colourType === 6) {
    return (line, columns, start, step) => {
      for (let column = 0, to = start; column < columns; column++, to += step) {
        const from = column * stride;
        data[to] = line[from]!;
        data[to + 1] = line[from + sampleBytes]!;
        data[to + 2] = line[from + 2 * sampleBytes]!;
      }
    };
  }
  const greatest = (1 << Math.min(depth, 8)) - 1;
  const sampleAt = (line: Uint8Array, column: number) =>
    depth >= 8
      ? line[column * stride]!
      : (line[(column * depth) >> 3]! >> (8 - depth - ((column * depth) & 7))) & greatest;
  const colours = colourType === 3 ? paletteColours(palette, fail) : undefined;
  return (line, columns, start, step) => {
    for (let column = 0, to = start; column < columns; column++, to += step) {
      const value = sampleAt(line, column);
      if (colours === undefined) data.fill(value * 255 / greatest, to, to + 3);
      else for (let k = 0; k < 3; k++) data[to + k] = colours[3 * value + k]!;
    }
  };
}

/** All 256 colours: those that the palette lacks are black, as in Pillow. */
function paletteColours(palette: Uint8Array | undefined, fail: Fail): Uint8Array {
  if (palette === undefined || palette.length % 3 !== 0 || palette.length > 768) {
    throw fail("its palette is missing or damaged");
  }
  const colours = new Uint8Array(768);
  colours.set(palette);
  return colours;
}
