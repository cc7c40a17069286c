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
import { DataError } from "../../util/mod.ts";
import { scanNumber } from "./scan_number.ts";

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
  const fail = (line: number, what: string) =>
    new DataError(`Cannot read "${name}": line ${line} ${what}`);
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
