/**
 * Decodes the samples of one channel in one frame of a FLAC stream (RFC 9639, section 9.2).
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { type BitCursor, checkEnd, readBits, readSigned, readUnary } from "./flac_bits.ts";

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
    new DataError(`Cannot read "${cursor.name}": the channel at byte ${start >>> 3} ${problem}`);
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
