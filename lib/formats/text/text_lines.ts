/**
 * Text files as lines: one by one, or in blocks for readers of bytes.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { unreadable } from "../../util/mod.ts";

/** One line, without its line end. */
export interface TextLine {
  readonly text: string;
  /** Number of the line, counted from 1. */
  readonly number: number;
}

/** Options of {@linkcode readTextLines}. */
export interface TextLineOptions {
  /** Name for messages. */
  readonly name: string;
  /**
   * What ends a line: `any` of LF, CRLF and a lone CR, as Python's text files have it, or `lf`
   * only.
   */
  readonly ends?: "any" | "lf";
}

/** More than any line of the official files. */
const longestLine = 2 ** 27;

/**
 * Reads the lines of a stream; a byte order mark at the start is passed over.
 *
 * @throws {DataError} If the text is not valid UTF-8, or a line has more than 128 Mi characters.
 */
export async function* readTextLines(
  chunks: Chunks,
  { name, ends = "any" }: TextLineOptions,
): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const pattern = ends === "any" ? /\r\n|\n|\r/g : /\n/g;
  let number = 1;
  let carry = "";
  let bytes = 0;
  const decode = (chunk?: Uint8Array<ArrayBuffer>) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      const place = chunk === undefined
        ? `at its end, byte ${bytes}`
        : `in the bytes ${bytes} to ${bytes + chunk.length}`;
      throw unreadable(name, `it is no valid UTF-8 ${place}, after line ${number - 1}`, cause);
    }
  };
  const cut = function* (text: string, open: boolean): Generator<TextLine> {
    let start = 0;
    for (const { index, 0: end } of text.matchAll(pattern)) {
      // Whether a CR at the very end is a line end of its own is seen in the next chunk.
      if (open && end === "\r" && index === text.length - 1) break;
      yield { text: text.slice(start, index), number: number++ };
      start = index + end.length;
    }
    carry = text.slice(start);
    if (carry.length > longestLine) {
      throw unreadable(name, `line ${number} has more than ${longestLine} characters`);
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    bytes += chunk.length;
    yield* cut(carry + text, true);
  }
  yield* cut(carry + decode(), false);
  if (carry !== "") yield { text: carry, number };
}

/** Whole lines; their buffer belongs to the receiver. */
export interface LineBlock {
  /** The lines, the last one with its line feed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of the first line, counted from 1. */
  readonly firstLine: number;
  /** Number of lines. */
  readonly lines: number;
}

/** Options of {@linkcode readLineBlocks}. */
export interface LineBlockOptions {
  /** Name for messages. */
  readonly name: string;
  /** Called when the last line has no line end, which may mean that the file was cut off. */
  readonly onOpenEnd?: (() => void) | undefined;
  /** Bytes up to which a line may grow; 1 MiB unless something else is given. */
  readonly longestLine?: number;
}

const lineFeed = 10;

/**
 * Reads a stream as blocks of whole lines; a last line without a line end gets one.
 *
 * @throws {DataError} If a line is longer than allowed.
 */
export async function* readLineBlocks(
  chunks: Chunks,
  { name, onOpenEnd, longestLine = 2 ** 20 }: LineBlockOptions,
): AsyncGenerator<LineBlock> {
  let carry = new Uint8Array(0);
  let firstLine = 1;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (carry.length + chunk.length - end > longestLine) {
      throw unreadable(name, `a line after line ${firstLine} is longer than ${longestLine} bytes`);
    }
    if (end === 0) {
      carry = concat(carry, chunk);
      continue;
    }
    const bytes = concat(carry, chunk.subarray(0, end));
    carry = chunk.subarray(end);
    const lines = countLines(bytes);
    yield { bytes, firstLine, lines };
    firstLine += lines;
  }
  if (carry.length === 0) return;
  onOpenEnd?.();
  yield { bytes: concat(carry, Uint8Array.of(lineFeed)), firstLine, lines: 1 };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}

function concat(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
