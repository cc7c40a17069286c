/**
 * FLAC (RFC 9639), decoded to the exact integers that were encoded.
 *
 * The decoder is our own because those of the package registry cannot say that a file is damaged:
 * they pass over bad frames and give fewer samples without a word. Here every frame's checksum, the
 * number of samples and the MD5 digest of all of them are verified.
 *
 * @module
 */

import { createHasher, DataError, unreadable } from "../../util/mod.ts";
import { type Audio, createSampleSink, type ReadAudioOptions } from "./audio.ts";

/** Whether a file starts like FLAC. */
export function isFlac(start: Uint8Array): boolean {
  return start[0] === 0x66 && start[1] === 0x4c && start[2] === 0x61 && start[3] === 0x43;
}

/**
 * Decodes a FLAC file.
 *
 * @throws {DataError} If it is damaged, cut off or too long; the message has the offset of the
 * frame.
 */
export function readFlac(bytes: Uint8Array<ArrayBuffer>, { name }: ReadAudioOptions): Audio {
  const { stream, audioStart } = readMetadata(bytes, name);
  const cursor = createBitCursor(bytes, name);
  cursor.at = 8 * audioStart;
  const sink = createSampleSink(stream, name);
  const md5 = createHasher("md5");
  let frame = 0;
  while (hasFrame(cursor, stream, sink.length)) {
    const block = readFrame(cursor, stream, frame++);
    md5.update(interleaved(block, stream.bits));
    sink.append(block, 2 ** (stream.bits - 1));
  }
  if (stream.samples !== 0 && sink.length !== stream.samples) {
    throw unreadable(
      name,
      `it is cut off, it ends at byte ${bytes.length} with ${sink.length} ` +
        `samples, its header promises ${stream.samples}`,
    );
  }
  const digest = md5.hex();
  if (/[^0]/.test(stream.md5) && digest !== stream.md5) {
    throw unreadable(
      name,
      `it is damaged, the MD5 of its samples is ${digest}, ` +
        `its header at byte 26 promises ${stream.md5}`,
    );
  }
  return { sampleRate: stream.sampleRate, channels: sink.finish() };
}

/** Whether a frame follows; behind the promised samples only tags may, which are passed over. */
function hasFrame({ at, end }: BitCursor, { samples }: FlacStream, done: number): boolean {
  return samples === 0 ? at < end : at < end && done < samples;
}

/** The samples as the encoder's digest took them: channels in turn, little-endian, whole bytes. */
function interleaved(
  block: readonly Int32Array<ArrayBuffer>[],
  bits: number,
): Uint8Array<ArrayBuffer> {
  const width = Math.ceil(bits / 8);
  const channels = block.length;
  const length = block[0]!.length;
  if (width === 2) {
    // The usual case by words, on the little-endian machines that there are.
    const words = new Int16Array(length * channels);
    for (let c = 0; c < channels; c++) {
      const samples = block[c]!;
      for (let i = 0; i < length; i++) words[i * channels + c] = samples[i]!;
    }
    return new Uint8Array(words.buffer);
  }
  const bytes = new Uint8Array(length * channels * width);
  for (let c = 0; c < channels; c++) {
    const samples = block[c]!;
    for (let i = 0; i < length; i++) {
      for (let k = 0, at = (i * channels + c) * width; k < width; k++) {
        bytes[at + k] = samples[i]! >> (8 * k);
      }
    }
  }
  return bytes;
}

/** What a FLAC file says about itself in its first block. */
export interface FlacStream {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of each channel; 0 if the encoder did not know. */
  readonly samples: number;
  /** MD5 of the samples, in hexadecimal; zeros if the encoder did not compute it. */
  readonly md5: string;
}

/**
 * Reads the blocks before the audio.
 *
 * @throws {DataError} If they are damaged or cut off.
 */
export function readMetadata(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): { readonly stream: FlacStream; readonly audioStart: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let stream: FlacStream | undefined;
  let at = 4;
  for (let last = false; !last;) {
    const cutOff = () =>
      unreadable(name, `it is cut off, it ends at byte ${bytes.length} in its header`);
    if (at + 4 > bytes.length) throw cutOff();
    const start = view.getUint32(at);
    last = start >>> 31 === 1;
    const type = (start >>> 24) & 0x7f;
    const length = start & 0xffffff;
    if (at + 4 + length > bytes.length) throw cutOff();
    if ((type === 0) !== (stream === undefined) || type === 0 && length !== 34) {
      throw unreadable(name, `the header at byte ${at} is not as FLAC has it`);
    }
    stream ??= readStreamInfo(view, at + 4, name);
    at += 4 + length;
  }
  return { stream: stream!, audioStart: at };
}

function readStreamInfo(view: DataView, at: number, name: string): FlacStream {
  const packed = view.getUint32(at + 10);
  const low = view.getUint32(at + 14);
  const stream = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    samples: (packed & 15) * 2 ** 32 + low,
    md5: Array.from(
      { length: 16 },
      (_, i) => view.getUint8(at + 18 + i).toString(16).padStart(2, "0"),
    ).join(""),
  };
  if (stream.sampleRate === 0 || stream.bits < 4) {
    throw unreadable(
      name,
      `its header at byte ${at + 10} has ${stream.sampleRate} samples a ` +
        `second of ${stream.bits} bits`,
    );
  }
  return stream;
}

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
    throw unreadable(
      cursor.name,
      `frame ${number} at byte ${start} is damaged, ` +
        `its checksum is wrong`,
    );
  }
  return unmixed(block, mixing);
}

function readHeader(cursor: BitCursor, stream: FlacStream, number: number): FrameHeader {
  const start = cursor.at / 8;
  const fail = (problem: string) =>
    unreadable(cursor.name, `frame ${number} at byte ${start} ${problem}`);
  if (cursor.end - cursor.at < 8 * 10) {
    throw unreadable(cursor.name, `it is cut off, it ends at byte ${cursor.end / 8} in a frame`);
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

/** Coefficients of the fixed predictors of order 0..4. */
const fixedPredictors: readonly (readonly number[])[] = [
  [],
  [1],
  [2, -1],
  [3, -3, 1],
  [4, -6, 4, -1],
];

/**
 * Samples of one channel: an Int32Array, or doubles where a difference channel of 32-bit audio
 * needs 33 bits.
 */
export type Samples = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/**
 * Decodes one subframe into `samples`.
 *
 * @param bits Bits of a sample of this channel.
 * @throws {DataError} If the subframe has a reserved form, or the data ends.
 */
export function readSubframe(cursor: BitCursor, samples: Samples, bits: number): void {
  const start = cursor.at;
  const fail = (problem: string) =>
    unreadable(cursor.name, `the channel at byte ${start >>> 3} ${problem}`);
  if (readBits(cursor, 1) !== 0) throw fail("starts with a reserved bit");
  const type = readBits(cursor, 6);
  const wasted = readBits(cursor, 1) === 1 ? readUnary(cursor) + 1 : 0;
  const kept = bits - wasted;
  if (kept < 1) throw fail(`has ${wasted} unused bits of ${bits}`);

  if (type === 0) {
    samples.fill(readSigned(cursor, kept));
  } else if (type === 1) {
    for (let i = 0; i < samples.length; i++) samples[i] = readSigned(cursor, kept);
  } else if (type >= 8 && type <= 12) {
    const coefficients = fixedPredictors[type - 8]!;
    readWarmUp(cursor, samples, coefficients.length, kept, fail);
    readResidual(cursor, samples, coefficients.length, fail);
    predict(samples, coefficients, { shift: 0, bits: kept, precision: 4 });
  } else if (type >= 32) {
    const order = type - 31;
    readWarmUp(cursor, samples, order, kept, fail);
    const precision = readBits(cursor, 4) + 1;
    if (precision === 16) throw fail("has a reserved precision");
    const shift = readSigned(cursor, 5);
    if (shift < 0) throw fail(`has the negative shift ${shift}`);
    const coefficients = Array.from({ length: order }, () => readSigned(cursor, precision));
    readResidual(cursor, samples, order, fail);
    predict(samples, coefficients, { shift, bits: kept, precision });
  } else {
    throw fail(`has the reserved type ${type}`);
  }
  if (wasted > 0) { for (let i = 0; i < samples.length; i++) samples[i]! *= 2 ** wasted; }
  checkEnd(cursor);
}

type Fail = (problem: string) => DataError;

function readWarmUp(cursor: BitCursor, samples: Samples, order: number, bits: number, fail: Fail) {
  if (order > samples.length) {
    throw fail(`has a predictor of order ${order} for ${samples.length} samples`);
  }
  for (let i = 0; i < order; i++) samples[i] = readSigned(cursor, bits);
}

/** Reads the differences to the prediction, in partitions of Rice codes. */
function readResidual(cursor: BitCursor, samples: Samples, order: number, fail: Fail): void {
  const method = readBits(cursor, 2);
  if (method > 1) throw fail("has residuals of a reserved form");
  const parameterBits = method === 0 ? 4 : 5;
  const partitions = 2 ** readBits(cursor, 4);
  const length = samples.length / partitions;
  if (!Number.isInteger(length) || length < order) {
    throw fail(`has ${partitions} partitions for ${samples.length} samples`);
  }
  for (let partition = 0; partition < partitions; partition++) {
    const first = partition === 0 ? order : partition * length;
    const end = (partition + 1) * length;
    const parameter = readBits(cursor, parameterBits);
    if (parameter < 2 ** parameterBits - 1) {
      readRice(cursor, samples, first, end, parameter);
      continue;
    }
    const bits = readBits(cursor, 5);
    for (let i = first; i < end; i++) samples[i] = bits === 0 ? 0 : readSigned(cursor, bits);
  }
}

/** The hot loop of decoding: Rice codes of one parameter. */
function readRice(
  cursor: BitCursor,
  samples: Samples,
  first: number,
  end: number,
  parameter: number,
): void {
  const { view, end: dataEnd } = cursor;
  // Codes whose quotient and remainder lie in the 25 bits of one word need a single load.
  const shortest = 24 - parameter;
  const unused = 32 - parameter;
  let { at } = cursor;
  for (let i = first; i < end; i++) {
    // A load behind the end must not leave the buffer.
    const word = at > dataEnd ? 0 : view.getUint32(at >>> 3) << (at & 7);
    const zeros = Math.clz32(word);
    if (zeros <= shortest) {
      at += zeros + 1 + parameter;
      const rest = parameter === 0 ? 0 : (word << (zeros + 1)) >>> unused;
      const code = (zeros << parameter) | rest;
      samples[i] = (code >>> 1) ^ -(code & 1);
    } else {
      cursor.at = at;
      samples[i] = readLongRice(cursor, parameter);
      at = cursor.at;
    }
  }
  cursor.at = at;
}

/** A Rice code of any length. */
function readLongRice(cursor: BitCursor, parameter: number): number {
  const quotient = readUnary(cursor);
  const highBits = Math.max(0, parameter - 16);
  const high = readBits(cursor, highBits);
  const code = quotient * 2 ** parameter + high * 2 ** 16 + readBits(cursor, parameter - highBits);
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

interface Prediction {
  readonly shift: number;
  /** Bits of a sample. */
  readonly bits: number;
  /** Bits of a coefficient. */
  readonly precision: number;
}

/** Adds the linear prediction from the samples before, in place. */
function predict(
  samples: Samples,
  coefficients: readonly number[],
  { shift, bits, precision }: Prediction,
): void {
  const order = coefficients.length;
  if (order === 0) return;
  const sumBits = bits + precision + Math.ceil(Math.log2(order));
  const weights = Int32Array.from(coefficients).reverse();
  if (sumBits <= 32 && samples instanceof Int32Array) {
    for (let i = order; i < samples.length; i++) {
      let sum = 0;
      for (let k = 0, from = i - order; k < order; k++) {
        sum = (sum + Math.imul(weights[k]!, samples[from + k]!)) | 0;
      }
      samples[i] = samples[i]! + (sum >> shift);
    }
    return;
  }
  // Sums of at most 33 + 15 + 5 bits are exact in doubles.
  const unit = 2 ** shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let k = 0, from = i - order; k < order; k++) sum += weights[k]! * samples[from + k]!;
    samples[i] = samples[i]! + Math.floor(sum / unit);
  }
}

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
  throw unreadable(cursor.name, `it is cut off, it ends at byte ${cursor.end / 8} in a frame`);
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
