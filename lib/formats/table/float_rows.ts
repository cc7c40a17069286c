/**
 * Streams tables of numbers in text form: columns separated by commas or blanks, one row a line.
 *
 * Numbers are rounded as IEEE 754 demands, like Python's `float()`. `NaN` in any case and, between
 * commas, an empty field stand for a missing value.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { type LineBlock, readLineBlocks } from "../text/mod.ts";
import { unreadable } from "../../util/mod.ts";

/** Consecutive rows of a table. */
export interface FloatRows {
  readonly rows: number;
  /** Line of the first row, counted from 1. */
  readonly firstLine: number;
  /** The rows one after the other: (rows, columns). */
  readonly values: Float64Array<ArrayBuffer>;
}

/** What a table looks like. */
export interface FloatRowsOptions {
  /** Name for messages. */
  readonly name: string;
  readonly columns: number;
  readonly separator: "comma" | "blanks";
  /** Called when the last line has no line end, which may mean that the file was cut off. */
  readonly onOpenEnd?: () => void;
}

const [lineFeed, carriageReturn, tab, space, comma] = [10, 13, 9, 32, 44] as const;

/**
 * Reads a table in pieces; blank lines are passed over.
 *
 * @throws {DataError} If a row has more or fewer columns, or a field is no finite number; the
 * message has the line.
 */
export async function* readFloatRows(
  chunks: Chunks,
  options: FloatRowsOptions,
): AsyncGenerator<FloatRows> {
  for await (const block of readLineBlocks(chunks, options)) {
    const parsed = parseFloatRows(block, options);
    if (parsed.rows > 0) yield parsed;
  }
}

/**
 * Reads a block of whole lines; blank ones are passed over.
 *
 * @throws {DataError} As {@linkcode readFloatRows}.
 */
export function parseFloatRows(
  { bytes, firstLine, lines }: LineBlock,
  { name, columns, separator }: Omit<FloatRowsOptions, "onOpenEnd">,
): FloatRows {
  const blanks = separator === "blanks";
  const separating = blanks ? space : comma;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (line: number, what: string) => unreadable(name, `line ${line} ${what}`);
  const failNumber = (line: number, column: number, from: number, to: number) => {
    const text = new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 40)));
    return fail(line, `has ${JSON.stringify(text)} in column ${column}, a finite number is wanted`);
  };

  // A value takes a byte at least, and one that is too many gets a place as well.
  const values = new Float64Array(Math.min(lines * columns, bytes.length) + 1);
  let next = 0;
  let rowStart = 0;
  let line = firstLine;
  for (let at = 0; at < bytes.length; at++) {
    const column = next - rowStart + 1;
    const from = at;
    at = scanNumber(view, from, values, next);
    let byte = bytes[at]!;
    let given = at > from;
    if (given && (byte === separating || byte === lineFeed)) {
      if (Number.isNaN(values[next])) throw failNumber(line, column, from, at);
    } else {
      // Spaces around the number, none at all, or something else.
      const field = findField(bytes, from, blanks);
      at = field.end;
      byte = bytes[at]!;
      given = field.to > field.from || (!blanks && (byte === comma || column > 1));
      const end = given ? scanNumber(view, field.from, values, next) : 0;
      if (given && (end !== field.to || Number.isNaN(values[next]))) {
        if (!isMissing(bytes, field)) throw failNumber(line, column, field.from, field.to);
        values[next] = NaN;
      }
    }
    if (given) {
      if (column > columns) throw fail(line, `has more than ${columns} columns`);
      next++;
    }
    if (byte === lineFeed) {
      const found = next - rowStart;
      if (found > 0 && found < columns) {
        throw fail(line, `has ${found} columns, ${columns} are wanted`);
      }
      rowStart = next;
      line++;
    }
  }
  return { rows: next / columns, firstLine, values: values.subarray(0, next) };
}

/** A field without the spaces around it, and the byte that ends it. */
interface Field {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

function findField(bytes: Uint8Array, start: number, blanks: boolean): Field {
  const isSpace = (byte: number) =>
    byte === space || byte === carriageReturn || (blanks && byte === tab);
  let from = start;
  while (isSpace(bytes[from]!)) from++;
  let end = from;
  while (bytes[end] !== lineFeed && (blanks ? !isSpace(bytes[end]!) : bytes[end] !== comma)) end++;
  let to = end;
  while (to > from && isSpace(bytes[to - 1]!)) to--;
  return { from, to, end };
}

/** Whether a field is empty or says `NaN`. */
function isMissing(bytes: Uint8Array, { from, to }: Field): boolean {
  if (to === from) return true;
  return to - from === 3 &&
    String.fromCharCode(...bytes.subarray(from, to)).toLowerCase() === "nan";
}

const [plus, minus, point, letterE] = [0x2b, 0x2d, 0x2e, 0x65] as const;
const longestNumber = 400;

/** Digits that are held in the two halves of a number. */
const [highDigits, lowDigits] = [9, 10] as const;

/** Bytes of `d.dddddddddddddddddde+dd`, and of what follows. */
const scientificBytes = 25;

/** Powers of ten that doubles hold exactly. */
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const largestPower = 22;

const inverses = powers.map((power) => 1 / power);

/** The upper and lower halves of their bits. */
const powerHeads = powers.map((power) => head(power));
const powerTails = powers.map((power, i) => power - powerHeads[i]!);

/** The upper 26 bits of a double (Veltkamp's splitting). */
function head(value: number): number {
  const scaled = 134217729 * value;
  return scaled - (scaled - value);
}

/**
 * Reads the number that starts at a byte: sign, digits with or without a point, exponent.
 *
 * @example
 * ```ts
 * import { scanNumber } from "./float_rows.ts";
 * const bytes = new TextEncoder().encode("x=2.5e3;");
 * const found = new Float64Array(1);
 * console.assert(scanNumber(new DataView(bytes.buffer), 2, found, 0) === 7 && found[0] === 2500);
 * ```
 *
 * @param target Gets the nearest double at `index`: NaN if no number starts there, or none that is
 * finite.
 * @returns Index of the first byte after the number; `from` where there is none.
 */
export function scanNumber(
  bytes: DataView,
  from: number,
  target: Float64Array,
  index: number,
): number {
  if (from + scientificBytes < bytes.byteLength) {
    const at = bytes.getUint8(from) === minus ? from + 1 : from;
    if (
      bytes.getUint8(at + 1) === point && bytes.getUint8(at + 20) === letterE &&
      scanScientific(bytes, at, target, index)
    ) {
      if (at > from) target[index] = -target[index]!;
      return at + scientificBytes - 1;
    }
  }
  return scanAny(bytes, from, target, index);
}

/** Whether all four bytes of a word are decimal digits. */
function areDigits(text: number): boolean {
  return (((text + 0x46464646) | (text - 0x30303030)) & 0x80808080) === 0;
}

/** The number that four decimal digits make, the first one in the lowest byte. */
function fourDigits(text: number): number {
  const digits = (text - 0x30303030) | 0;
  const pairs = (Math.imul(10, digits) + (digits >>> 8)) & 0x00ff00ff;
  return (Math.imul(100, pairs & 0xff) + (pairs >>> 16)) | 0;
}

/** Reads a number that C printed with `%.18e`, and tells whether it is one. */
function scanScientific(bytes: DataView, at: number, target: Float64Array, index: number): boolean {
  const first = bytes.getUint8(at) - 48;
  const a = bytes.getInt32(at + 2, true);
  const b = bytes.getInt32(at + 6, true);
  const c = bytes.getInt32(at + 10, true);
  const d = bytes.getInt32(at + 14, true);
  // The last two digits of the number and those of the exponent side by side.
  const ends = bytes.getUint16(at + 18, true) | (bytes.getUint16(at + 22, true) << 16);
  const sign = bytes.getUint8(at + 21);
  const next = bytes.getUint8(at + 24) - 48;
  if (
    first < 0 || first > 9 || !areDigits(a) || !areDigits(b) || !areDigits(c) || !areDigits(d) ||
    !areDigits(ends) || (next >= 0 && next <= 9) || (sign !== minus && sign !== plus)
  ) return false;
  const last = fourDigits(ends);
  const tail = (last / 100) | 0;
  const exponent = (last - Math.imul(100, tail)) | 0;
  const power = (sign === minus ? 18 + exponent : 18 - exponent) | 0;
  if (power < 0 || power > largestPower) return false;
  const high = Math.imul(100_000_000, first) + Math.imul(10_000, fourDigits(a)) + fourDigits(b);
  const low = 100 * (Math.imul(10_000, fourDigits(c)) + fourDigits(d)) + tail;
  return scaleDown(high, low, lowDigits, power, target, index);
}

/** Reads a number in any notation. */
function scanAny(bytes: DataView, from: number, target: Float64Array, index: number): number {
  const length = bytes.byteLength;
  const byteAt = (at: number) => at < length ? bytes.getUint8(at) : 0;
  let at = from;
  const negative = byteAt(at) === minus;
  if (negative || byteAt(at) === plus) at++;
  const start = at;
  let high = 0;
  let low = 0;
  let digits = 0;
  let pointAt = -1;
  for (;; at++) {
    const byte = byteAt(at);
    const digit = byte - 48;
    if (digit >= 0 && digit <= 9) {
      if (digits < highDigits) high = 10 * high + digit;
      else low = 10 * low + digit;
      if (high !== 0) digits++;
    } else if (byte === point && pointAt < 0) {
      pointAt = at;
    } else {
      break;
    }
  }
  if (at - start === (pointAt < 0 ? 0 : 1)) {
    target[index] = NaN;
    return from;
  }
  let power = pointAt < 0 ? 0 : at - pointAt - 1;
  if ((byteAt(at) | 32) === letterE) {
    const sign = byteAt(at + 1);
    const signed = sign === minus || sign === plus ? at + 2 : at + 1;
    let end = signed;
    let exponent = 0;
    for (let digit = byteAt(end) - 48; digit >= 0 && digit <= 9; digit = byteAt(++end) - 48) {
      exponent = Math.min(10 * exponent + digit, 100_000);
    }
    if (end > signed) {
      power += sign === minus ? exponent : -exponent;
      at = end;
    }
  }
  const exact = digits <= highDigits + lowDigits && power >= 0 && power <= largestPower &&
    scaleDown(high, low, Math.max(0, digits - highDigits), power, target, index);
  if (!exact) target[index] = parseText(bytes, from, at);
  else if (negative) target[index] = -target[index]!;
  return at;
}

/**
 * Finds the double nearest to `(high * 10^lowDigits + low) / 10^power`.
 *
 * @param high Up to nine digits.
 * @param low Up to ten digits.
 * @returns Whether it is the nearest for sure.
 */
function scaleDown(
  high: number,
  low: number,
  lowDigits: number,
  power: number,
  target: Float64Array,
  index: number,
): boolean {
  const scale = powers[lowDigits]!;
  const divisor = powers[power]!;
  if (lowDigits <= 6) {
    // Fifteen digits are exact, so one rounding gives the nearest double.
    target[index] = (high * scale + low) / divisor;
    return true;
  }

  // The digits as an exact sum of two doubles.
  const large = (high >> 15) * scale * 32768;
  const small = (high & 32767) * scale + low;
  const sum = large + small;
  const rest = small - (sum - large);
  if (power === 0) {
    target[index] = sum + rest;
    return true;
  }

  // Roughly the quotient, its exact remainder (Dekker's product), and the quotient's correction;
  // multiplications take less time than divisions.
  const inverse = inverses[power]!;
  const quotient = sum * inverse;
  const quotientHead = head(quotient);
  const quotientTail = quotient - quotientHead;
  const product = quotient * divisor;
  const productRest = ((quotientHead * powerHeads[power]! - product) +
    quotientHead * powerTails[power]! + quotientTail * powerHeads[power]!) +
    quotientTail * powerTails[power]!;
  const correction = ((sum - product) - productRest + rest) * inverse;
  const value = quotient + correction;
  const error = correction - (value - quotient);
  target[index] = value;
  // If a slightly larger error still rounds to the same double, that one is the nearest.
  return value + 1.000001 * error === value;
}

function parseText(bytes: DataView, from: number, to: number): number {
  if (to - from > longestNumber) return NaN;
  const text = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  const value = Number(String.fromCharCode(...text));
  return Number.isFinite(value) ? value : NaN;
}
