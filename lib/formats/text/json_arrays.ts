/**
 * Reads the elements of arrays in a large JSON document one by one: memory holds one element at a
 * time.
 *
 * The document is an object whose members hold the arrays, such as COCO's annotations of 470 MB.
 * The elements that are wanted are found in the bytes and parsed whole; what else there is is
 * passed over.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { concatBytes, DataError, type Json, parseJson } from "../../util/mod.ts";

/** An element of an array. */
export interface JsonElement {
  /** Name of the array. */
  readonly array: string;
  readonly value: Json;
  /** Position in the array, from 0. */
  readonly index: number;
}

/** Options of {@linkcode readJsonArrays}. */
export interface JsonArrayOptions {
  /** Name for messages. */
  readonly name: string;
  /** Names of the wanted arrays. */
  readonly arrays: readonly string[];
}

/** More than a thousand times the largest official element. */
const longestElement = 2 ** 26;

const quote = 0x22;
const backslash = 0x5c;
const [comma, colon] = [0x2c, 0x3a];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What comes next. */
type Place =
  | "document"
  | "first member"
  | "member"
  | "name"
  | "colon"
  | "value"
  | "passed over"
  | "after a value"
  | "first element"
  | "element start"
  | "element"
  | "after an element"
  | "end";

/** Whether a name or value comes next, which is taken whole. */
const isWhole = (place: Place) =>
  place === "name" || place === "passed over" || place === "element";

/** What the document must have at a place, for messages. */
const wanted: Readonly<Partial<Record<Place, string>>> = {
  document: "an object",
  "first member": "a name",
  member: "a name",
  colon: "a colon",
  "after a value": "a comma or a closing brace",
  "first element": "an element",
  "element start": "an element",
  "after an element": "a comma or a closing bracket",
  end: "the end",
};

/** The place that a byte leads to; undefined if it is not what is wanted. */
function nextPlace(place: Place, byte: number, isWanted: boolean): Place | undefined {
  switch (place) {
    case "document":
      return byte === openBrace ? "first member" : undefined;
    case "first member":
    case "member":
      if (byte === closeBrace && place === "first member") return "end";
      return byte === quote ? "name" : undefined;
    case "colon":
      return byte === colon ? "value" : undefined;
    case "value":
      return byte === openBracket && isWanted ? "first element" : "passed over";
    case "after a value":
      return byte === comma ? "member" : byte === closeBrace ? "end" : undefined;
    case "first element":
    case "element start":
      if (byte === closeBracket && place === "first element") return "after a value";
      return byte === comma || byte === closeBracket || byte === closeBrace ? undefined : "element";
    case "after an element":
      return byte === comma ? "element start" : byte === closeBracket ? "after a value" : undefined;
    default:
      return undefined;
  }
}

const isBlank = (byte: number) => byte === 0x20 || (byte >= 9 && byte <= 13);

/**
 * Reads the elements of the wanted arrays in the order of the document.
 *
 * @throws {DataError} If the document is no JSON object, is damaged or cut off, or an element is
 * longer than 64 MiB.
 */
export async function* readJsonArrays(
  chunks: Chunks,
  { name, arrays }: JsonArrayOptions,
): AsyncGenerator<JsonElement> {
  const fail = (at: number, problem: string) =>
    new DataError(`Cannot read "${name}": at byte ${at} ${problem}`);
  const whole = wholeValue(fail);
  let place: Place = "document";
  let offset = 0;
  let array = "";
  let index = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (isWhole(place)) {
        // Values go on over blanks and over the ends of chunks.
        at = whole.go(chunk, at, offset, place !== "passed over");
        if (!whole.isDone()) continue;
        if (place === "name") {
          array = String(parseJson(whole.take(), `a name at byte ${offset + at} of "${name}"`));
          place = "colon";
        } else if (place === "passed over") {
          place = "after a value";
        } else {
          const what = `the element ${index} of "${array}" in "${name}"`;
          yield { array, index: index++, value: parseJson(whole.take(), what) };
          place = "after an element";
        }
      } else if (isBlank(chunk[at]!)) {
        at++;
      } else {
        const next = nextPlace(place, chunk[at]!, arrays.includes(array));
        if (next === undefined) throw fail(offset + at, `${wanted[place]} is wanted`);
        if (isWhole(next)) whole.start();
        else at++;
        if (next === "first element") index = 0;
        place = next;
      }
    }
    offset += chunk.length;
  }
  if (place !== "end") {
    throw new DataError(`Cannot read "${name}": it ends after ${offset} bytes, it is cut off`);
  }
}

/** A name or value, gathered over as many chunks as it takes. */
interface WholeValue {
  start(): void;
  /** Goes on to the end of the value or of the chunk; returns where that is. */
  go(chunk: Uint8Array, from: number, offset: number, keep: boolean): number;
  isDone(): boolean;
  /** The text of the value that has ended. */
  take(): string;
}

function wholeValue(fail: (at: number, problem: string) => DataError): WholeValue {
  const decoder = new TextDecoder();
  const scan: Scan = { depth: 0, inText: false, escaped: false, done: false };
  let parts: Uint8Array[] = [];
  let length = 0;
  return {
    start: () => void Object.assign(scan, { depth: 0, inText: false, escaped: false, done: false }),
    go(chunk, from, offset, keep) {
      let at = from;
      while (at < chunk.length && !scan.done) {
        at = scan.inText ? scanText(scan, chunk, at) : scanStructure(scan, chunk, at);
      }
      if (keep) {
        parts.push(chunk.subarray(from, at));
        length += at - from;
        if (length > longestElement) {
          throw fail(offset + from, `a value is longer than ${longestElement} bytes`);
        }
      }
      return at;
    },
    isDone: () => scan.done,
    take() {
      const text = decoder.decode(parts.length === 1 ? parts[0] : concatBytes(parts));
      [parts, length] = [[], 0];
      return text;
    },
  };
}

/** Where in a value a scan is. */
interface Scan {
  depth: number;
  inText: boolean;
  escaped: boolean;
  done: boolean;
}

/** Goes on to the end of a text; returns where that is, or the chunk's length if it goes on. */
function scanText(scan: Scan, chunk: Uint8Array, from: number): number {
  let escaped = scan.escaped;
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]!;
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) {
      scan.inText = scan.escaped = false;
      scan.done = scan.depth === 0;
      return at + 1;
    }
  }
  scan.escaped = escaped;
  return chunk.length;
}

/** Goes on to the end of the value, or to the start of a text in it. */
function scanStructure(scan: Scan, chunk: Uint8Array, from: number): number {
  let level = scan.depth;
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]!;
    // Digits, signs, letters and most else: nothing that ends or nests.
    if (
      level > 0 && byte !== quote && (byte | 0x20) !== openBrace && (byte | 0x20) !== closeBrace
    ) {
      continue;
    }
    if (byte === quote) {
      scan.depth = level;
      scan.inText = true;
      return at + 1;
    }
    if (byte === openBrace || byte === openBracket) {
      level++;
    } else if (byte === closeBrace || byte === closeBracket) {
      // A number or a word at the top ends before what closes the object or array around it.
      scan.done = level <= 1;
      if (level <= 1) return level === 0 ? at : at + 1;
      level--;
    } else if (level === 0 && (byte === comma || isBlank(byte))) {
      scan.done = true;
      return at;
    }
  }
  scan.depth = level;
  return chunk.length;
}
