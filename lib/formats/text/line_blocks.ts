/**
 * Cuts a stream of text into blocks of whole lines, which can be read on their own.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { DataError } from "../../util/mod.ts";

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
      throw new DataError(
        `Cannot read "${name}": a line after line ${firstLine} is longer than ${longestLine} bytes`,
      );
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

function concat(
  a: Uint8Array<ArrayBuffer>,
  b: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
