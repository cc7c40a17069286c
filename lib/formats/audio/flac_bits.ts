/**
 * A cursor over the bits of a FLAC stream, and the checksums of its frames.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";

/**
 * Bytes that must follow the data in the buffer, so that words can be loaded without a look at the
 * end; what is read from them is noticed by {@linkcode checkEnd}.
 */
export const padding = 8;

/** A position in a stream of bits, most significant bit first. */
export interface BitCursor {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** Position in bits. */
  at: number;
  /** End of the data in bits. */
  readonly end: number;
}

/** A cursor at the start of a file. */
export function createBitCursor(file: Uint8Array<ArrayBuffer>, name: string): BitCursor {
  const bytes = new Uint8Array(file.length + padding);
  bytes.set(file);
  return { name, bytes, view: new DataView(bytes.buffer), at: 0, end: 8 * file.length };
}

/**
 * Stops where the data ends.
 *
 * @throws {DataError} If the cursor has moved behind the end.
 */
export function checkEnd(cursor: BitCursor): void {
  if (cursor.at <= cursor.end) return;
  throw new DataError(
    `Cannot read "${cursor.name}": it is cut off, it ends at byte ${cursor.end / 8} in a frame`,
  );
}

/** An unsigned number of 0..25 bits. */
export function readBits(cursor: BitCursor, count: number): number {
  const { at } = cursor;
  if (count === 0) return 0;
  if (at > cursor.end) checkEnd(cursor);
  cursor.at = at + count;
  return (cursor.view.getUint32(at >>> 3) << (at & 7)) >>> (32 - count);
}

/** A number of 1..33 bits in two's complement. */
export function readSigned(cursor: BitCursor, count: number): number {
  const lowBits = Math.min(count, 16);
  const highBits = count - lowBits;
  const high = highBits === 0 ? 0 : readBits(cursor, highBits);
  const value = high * 2 ** lowBits + readBits(cursor, lowBits);
  return value >= 2 ** (count - 1) ? value - 2 ** count : value;
}

/** The number of zero bits before the next one bit, which is consumed too. */
export function readUnary(cursor: BitCursor): number {
  let zeros = 0;
  for (;;) {
    const { at } = cursor;
    if (at > cursor.end) checkEnd(cursor);
    const word = cursor.view.getUint32(at >>> 3) << (at & 7);
    if (word !== 0) {
      const leading = Math.clz32(word);
      cursor.at = at + leading + 1;
      return zeros + leading;
    }
    // The shift moved zeros in from the right: only these bits were looked at.
    const seen = 32 - (at & 7);
    zeros += seen;
    cursor.at = at + seen;
  }
}

/** CRC-8 (polynomial 0x07) of the bytes from `start` up to, not including, `end`. */
export function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = crc8Table[crc ^ bytes[i]!]!;
  return crc;
}

/** CRC-16 (polynomial 0x8005) of the bytes from `start` up to, not including, `end`. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) {
    crc = ((crc << 8) & 0xffff) ^ crc16Table[(crc >>> 8) ^ bytes[i]!]!;
  }
  return crc;
}

const crc8Table = Uint8Array.from({ length: 256 }, (_, byte) => crcOfByte(byte, 8, 0x07));
const crc16Table = Uint16Array.from({ length: 256 }, (_, byte) => crcOfByte(byte, 16, 0x8005));

function crcOfByte(byte: number, width: number, polynomial: number): number {
  let crc = byte << (width - 8);
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & (1 << (width - 1)) ? (crc << 1) ^ polynomial : crc << 1;
  }
  return crc & (2 ** width - 1);
}
