/**
 * Streams tables of numbers in text form: columns separated by commas or blanks, one row a line.
 *
 * Numbers are rounded as IEEE 754 demands, like Python's `float()`. `NaN` in any case and, between
 * commas, an empty field stand for a missing value.
 *
 * @module
 */

import { DataError } from "../util/errors.ts";
import type { Chunks } from "./byte_source.ts";

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

const longestLine = 1 << 20;
const longestField = 400;
const [lineFeed, carriageReturn, tab, space, comma] = [10, 13, 9, 32, 44] as const;

/**
 * Reads a table in pieces; blank lines are passed over.
 *
 * @throws {DataError} If a row has more or fewer columns, or a field is no finite number; the message
 * has the line.
 */
export async function* readFloatRows(
  chunks: Chunks,
  options: FloatRowsOptions,
): AsyncGenerator<FloatRows> {
  let carry: Uint8Array = new Uint8Array(0);
  let line = 1;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (carry.length + chunk.length - end > longestLine) {
      throw new DataError(
        `Cannot read "${options.name}": a line after line ${line} is longer than ${longestLine} bytes`,
      );
    }
    if (end === 0) {
      carry = concat(carry, chunk);
      continue;
    }
    const parsed = parseLines(concat(carry, chunk.subarray(0, end)), line, options);
    carry = chunk.subarray(end);
    line += parsed.lines;
    if (parsed.rows > 0) yield parsed;
  }
  if (carry.length === 0) return;
  options.onOpenEnd?.();
  const parsed = parseLines(concat(carry, Uint8Array.of(lineFeed)), line, options);
  if (parsed.rows > 0) yield parsed;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Parses whole lines. */
function parseLines(
  bytes: Uint8Array,
  firstLine: number,
  options: FloatRowsOptions,
): FloatRows & { readonly lines: number } {
  const { columns } = options;
  const blanks = options.separator === "blanks";
  const isSpace = (byte: number) =>
    byte === space || byte === carriageReturn || (blanks && byte === tab);
  let values = new Float64Array(columns * 64);
  let rows = 0;
  let lines = 0;
  let column = 0;
  const fail = (what: string) =>
    new DataError(`Cannot read "${options.name}": line ${firstLine + lines} ${what}`);
  const add = (from: number, to: number) => {
    if (column === columns) throw fail(`has more than ${columns} columns`);
    const at = rows * columns + column;
    if (at === values.length) values = grown(values);
    const value = parseField(bytes, from, to);
    if (value === undefined) {
      const text = new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 40)));
      throw fail(`has ${JSON.stringify(text)} in column ${column + 1}, a finite number is wanted`);
    }
    values[at] = value;
    column++;
  };
  const endRow = () => {
    if (column === columns) rows++;
    else if (column > 0) throw fail(`has ${column} columns, ${columns} are wanted`);
    column = 0;
    lines++;
  };

  for (let at = 0; at < bytes.length;) {
    while (isSpace(bytes[at]!)) at++;
    const from = at;
    let byte = bytes[at]!;
    while (byte !== lineFeed && (blanks ? !isSpace(byte) : byte !== comma)) byte = bytes[++at]!;
    let to = at;
    while (to > from && isSpace(bytes[to - 1]!)) to--;
    // An empty field counts between commas, and so at the end of a line that has a comma before it.
    if (to > from || (!blanks && (byte === comma || column > 0))) add(from, to);
    if (byte === lineFeed) endRow();
    if (byte === lineFeed || byte === comma) at++;
  }
  return { rows, firstLine, lines, values: values.subarray(0, rows * columns) };
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

/** Powers of ten that doubles hold exactly. */
const powers = Array.from({ length: 23 }, (_, i) => 10 ** i);

/** The number in a field; nothing if there is none. */
function parseField(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to === from || isNaNText(bytes, from, to)) return NaN;
  let at = from;
  const negative = bytes[at] === 0x2d;
  if (negative || bytes[at] === 0x2b) at++;
  let seen = 0;
  let digits = 0;
  let mantissa = 0;
  let exponent = 0;
  let point = false;
  for (; at < to; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      mantissa = 10 * mantissa + digit;
      seen++;
      if (mantissa > 0) digits++;
      if (point) exponent--;
    } else if (bytes[at] === 0x2e && !point) {
      point = true;
    } else {
      break;
    }
  }
  // Up to 15 digits and a power of ten up to 22 are exact, so one rounding gives the right double.
  if (at === to && seen > 0 && digits <= 15 && exponent >= -22) {
    const value = exponent < 0 ? mantissa / powers[-exponent]! : mantissa;
    return negative ? -value : value;
  }
  return to - from > longestField
    ? undefined
    : parseText(String.fromCharCode(...bytes.subarray(from, to)));
}

function isNaNText(bytes: Uint8Array, from: number, to: number): boolean {
  const isN = (byte: number) => (byte | 32) === 0x6e;
  return to - from === 3 && isN(bytes[from]!) && (bytes[from + 1]! | 32) === 0x61 &&
    isN(bytes[from + 2]!);
}

function parseText(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
