/**
 * Reads the operands of pickle operations.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";

/** A position in the bytes of a pickle. */
export interface PickleCursor {
  /** Bytes that are left. */
  readonly left: number;
  /** Exchanges the bytes: those that are left, and more behind them. */
  extend(bytes: Uint8Array): void;
  /** An error that names the pickle and the position. */
  error(what: string, cause?: unknown): DataError;
  byte(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  uint64(): number;
  /** A big-endian double. */
  float64(): number;
  /** A little-endian two's complement integer of some bytes. */
  long(length: number): number | bigint;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  skip(length: number): void;
  latin1(length: number): string;
  utf8(length: number): string;
  /** Text up to the end of the line. */
  line(): string;
  integerLine(): number | bigint | boolean;
  floatLine(): number;
  indexLine(): number;
  /** A quoted Python 2 string with escapes. */
  quotedLine(): string;
  /** Text with `\uXXXX` and `\UXXXXXXXX` escapes. */
  unicodeLine(): string;
  /** Checks a protocol header. */
  protocol(): void;
  /** Checks that a frame lies inside the bytes. */
  frame(): void;
}

/** Digits of an integer: more are no data. */
const longestInteger = 1_000;
const longestLine = 1 << 26;

/** Starts at the first byte. */
export function pickleCursor(bytes: Uint8Array, name: string): PickleCursor {
  let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  /** Bytes before those in memory. */
  let passed = 0;

  const error = (what: string, cause?: unknown) =>
    new DataError(`Cannot read pickle "${name}": ${what} (byte ${passed + position})`, { cause });
  const take = (length: number) => {
    if (length > bytes.length - position) {
      throw error(`it ends before ${length} bytes that it promises`);
    }
    position += length;
    return position - length;
  };
  const slice = (length: number) => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const line = () => {
    const end = bytes.indexOf(10, position);
    if (end < 0 || end - position > longestLine) throw error("a line does not end");
    const text = latin1Text(bytes.subarray(position, end));
    position = end + 1;
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  };
  const uint64 = () => {
    const value = view.getBigUint64(take(8), true);
    if (value > BigInt(bytes.length)) throw error(`it ends before ${value} bytes that it promises`);
    return Number(value);
  };
  return {
    error,
    get left() {
      return bytes.length - position;
    },
    extend(next) {
      passed += position;
      position = 0;
      bytes = next;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    byte: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    int32: () => view.getInt32(take(4), true),
    uint32: () => view.getUint32(take(4), true),
    uint64,
    float64: () => view.getFloat64(take(8), false),
    skip: (length) => void take(length),
    // A frame is read value by value: its bytes only have to be there.
    frame: () => void (position = take(uint64())),
    line,
    ...binaryOperands(slice, error),
    ...lineOperands(line, error),
  };
}

type Fail = PickleCursor["error"];

/** What a run of bytes stands for. */
function binaryOperands(slice: (length: number) => Uint8Array, error: Fail) {
  return {
    bytes: (length: number) => new Uint8Array(slice(length)),
    latin1: (length: number) => latin1Text(slice(length)),
    utf8(length: number) {
      const text = slice(length);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
      } catch (cause) {
        throw error("a text is no valid UTF-8", cause);
      }
    },
    long(length: number) {
      if (length > longestInteger) throw error(`an integer has ${length} bytes`);
      const digits = slice(length);
      let value = 0n;
      for (let i = digits.length - 1; i >= 0; i--) value = value << 8n | BigInt(digits[i]!);
      return compact(BigInt.asIntN(8 * length, value));
    },
    protocol() {
      const version = slice(1)[0]!;
      if (version > 5) throw error(`it has protocol ${version}, protocols 0 to 5 are known`);
    },
  };
}

/** What a line of text stands for, in protocol 0. */
function lineOperands(line: () => string, error: Fail) {
  return {
    integerLine() {
      const text = line();
      if (text === "00") return false;
      if (text === "01") return true;
      if (!/^-?\d+L?$/.test(text) || text.length > longestInteger) {
        throw error(`"${text.slice(0, 40)}" is no integer`);
      }
      return compact(BigInt(text.replace("L", "")));
    },
    floatLine() {
      const text = line().trim();
      const special = /^([+-]?)(inf|nan)$/.exec(text);
      if (special !== null) {
        return special[2] === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
      }
      const value = Number(text);
      if (text === "" || Number.isNaN(value)) throw error(`"${text.slice(0, 40)}" is no number`);
      return value;
    },
    indexLine() {
      const text = line();
      if (!/^\d{1,15}$/.test(text)) throw error(`"${text.slice(0, 40)}" is no memo index`);
      return Number(text);
    },
    quotedLine() {
      const quoted = /^(['"])(.*)\1$/s.exec(line());
      if (quoted === null) throw error("a text is not quoted");
      return unescape(quoted[2]!);
    },
    unicodeLine: () =>
      line().replaceAll(
        /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
        (_, short, long) => String.fromCodePoint(Math.min(parseInt(short ?? long, 16), 0x10ffff)),
      ),
  };
}

/** A number where no digit is lost, else a bigint. */
function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** One character a byte; `TextDecoder("latin1")` would be Windows-1252. */
function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

// deno-fmt-ignore
const escapes: Readonly<Record<string, string>> = {
  n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v",
};

function unescape(text: string): string {
  return text.replaceAll(
    /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs,
    (_, escape: string) => {
      if (escape.length === 3 && escape[0] === "x") {
        return String.fromCharCode(parseInt(escape.slice(1), 16));
      }
      if (/^[0-7]+$/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 255);
      return escapes[escape] ?? escape;
    },
  );
}
