/**
 * Decodes one frame of a FLAC stream (RFC 9639, section 9).
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { type BitCursor, checkEnd, crc16, crc8, readBits } from "./flac_bits.ts";
import type { FlacStream } from "./flac_stream.ts";
import { readSubframe, type Samples } from "./flac_subframe.ts";

/** Bits of a sample by their code; 0 is the stream's own number. */
const sampleBits: readonly (number | undefined)[] = [0, 8, 12, undefined, 16, 20, 24, 32];

/** How the two channels of a frame were mixed. */
type Mixing = "independent" | "left-side" | "side-right" | "mid-side";

interface FrameHeader {
  /** Samples of each channel. */
  readonly length: number;
  readonly channels: number;
  readonly mixing: Mixing;
}

/**
 * Decodes the frame at the cursor and verifies its checksums.
 *
 * @param number Position of the frame in the stream, for messages.
 * @returns The samples of each channel.
 * @throws {DataError} If the frame is damaged or cut off, or does not fit the stream.
 */
export function readFrame(
  cursor: BitCursor,
  stream: FlacStream,
  number: number,
): readonly Int32Array<ArrayBuffer>[] {
  const start = cursor.at / 8;
  const header = readHeader(cursor, stream, number);
  const { channels, length, mixing } = header;
  const block: Samples[] = [];
  for (let c = 0; c < channels; c++) {
    const isSide = mixing !== "independent" && c === (mixing === "side-right" ? 0 : 1);
    const bits = stream.bits + (isSide ? 1 : 0);
    const samples = bits > 32 ? new Float64Array(length) : new Int32Array(length);
    readSubframe(cursor, samples, bits);
    block.push(samples);
  }
  const end = Math.ceil(cursor.at / 8);
  cursor.at = 8 * end;
  const checksum = readBits(cursor, 16);
  checkEnd(cursor);
  if (checksum !== crc16(cursor.bytes, start, end)) {
    throw new DataError(
      `Cannot read "${cursor.name}": frame ${number} at byte ${start} is damaged, ` +
        `its checksum is wrong`,
    );
  }
  return unmixed(block, mixing);
}

function readHeader(cursor: BitCursor, stream: FlacStream, number: number): FrameHeader {
  const start = cursor.at / 8;
  const fail = (problem: string) =>
    new DataError(`Cannot read "${cursor.name}": frame ${number} at byte ${start} ${problem}`);
  if (cursor.end - cursor.at < 8 * 10) {
    throw new DataError(
      `Cannot read "${cursor.name}": it is cut off, it ends at byte ${cursor.end / 8} in a frame`,
    );
  }
  // 14 bits of synchronisation and a reserved zero; the blocking strategy changes nothing here.
  if (readBits(cursor, 15) !== 0x7ffc) throw fail("does not start as frames do");
  readBits(cursor, 1);
  const lengthCode = readBits(cursor, 4);
  const rateCode = readBits(cursor, 4);
  const channelCode = readBits(cursor, 4);
  const bitsCode = readBits(cursor, 3);
  const reserved = readBits(cursor, 1);
  const numberBytes = Math.clz32(~(cursor.bytes[cursor.at / 8]! << 24));
  if (numberBytes === 1 || numberBytes > 7) throw fail("has a damaged number");
  cursor.at += 8 * Math.max(1, numberBytes);
  const length = readLength(cursor, lengthCode);
  if (rateCode >= 12) cursor.at += rateCode === 12 ? 8 : 16;
  const headerEnd = cursor.at / 8;
  const checksum = readBits(cursor, 8);
  checkEnd(cursor);
  if (checksum !== crc8(cursor.bytes, start, headerEnd)) {
    throw fail("is damaged, the checksum of its header is wrong");
  }

  const channels = channelCode < 8 ? channelCode + 1 : 2;
  const bits = sampleBits[bitsCode];
  const known = length !== undefined && rateCode !== 15 && channelCode <= 10 && reserved === 0;
  if (!known || bits === undefined) throw fail("has a reserved form");
  if (channels !== stream.channels || (bits || stream.bits) !== stream.bits) {
    throw fail(
      `has ${channels} channels of ${bits || stream.bits} bits, ` +
        `the stream ${stream.channels} of ${stream.bits}`,
    );
  }
  return { length, channels, mixing: mixingOf(channelCode) };
}

/** Samples of each channel; undefined for the reserved code. */
function readLength(cursor: BitCursor, code: number): number | undefined {
  if (code === 0) return undefined;
  if (code === 1) return 192;
  if (code <= 5) return 576 * 2 ** (code - 2);
  if (code === 6) return readBits(cursor, 8) + 1;
  if (code === 7) return readBits(cursor, 16) + 1;
  return 256 * 2 ** (code - 8);
}

function mixingOf(channelCode: number): Mixing {
  if (channelCode === 8) return "left-side";
  if (channelCode === 9) return "side-right";
  return channelCode === 10 ? "mid-side" : "independent";
}

/** Left and right of a frame that was mixed. */
function unmixed(block: readonly Samples[], mixing: Mixing): readonly Int32Array<ArrayBuffer>[] {
  const integers = (samples: Samples) =>
    samples instanceof Int32Array ? samples : Int32Array.from(samples);
  if (mixing === "independent") return block.map(integers);
  const [first, second] = [block[0]!, block[1]!];
  const left = new Int32Array(first.length);
  const right = new Int32Array(first.length);
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i]!, second[i]!];
    if (mixing === "left-side") [left[i], right[i]] = [a, a - b];
    else if (mixing === "side-right") [left[i], right[i]] = [a + b, b];
    else {
      // The mean was rounded down; the difference knows whether it was odd.
      const sum = 2 * a + Math.abs(b % 2);
      [left[i], right[i]] = [(sum + b) / 2, (sum - b) / 2];
    }
  }
  return [left, right];
}
