/**
 * Reads decimal numbers out of bytes, rounded to the nearest double as IEEE 754 demands.
 *
 * Tables of numbers mostly hold up to 19 digits. Such a number is an exact sum of two doubles, and
 * so is its remainder after a division by a power of ten; the sum tells which double is nearest,
 * unless it lies extremely close to the middle of two. Those, and longer numbers, are left to the
 * runtime, which is exact for all of them but ten times as slow.
 *
 * Doubles go into an array and not out of the functions, because the runtime would box them.
 *
 * @module
 */

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
 * import { scanNumber } from "./scan_number.ts";
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
function scanScientific(
  bytes: DataView,
  at: number,
  target: Float64Array,
  index: number,
): boolean {
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
