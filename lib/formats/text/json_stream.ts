/**
 * Reads large JSON documents piece by piece: the elements of arrays in an object one by one, such
 * as COCO's annotations of 470 MB, or the items of one long list, a few at a time. Memory never
 * holds more.
 *
 * The elements that are wanted are found in the bytes and parsed whole; what else there is is
 * passed over.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { concatBytes, DataError, type Json, parseJson, unreadable } from "../../util/mod.ts";

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

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const isBlank = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

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
  const fail = (at: number, problem: string) => unreadable(name, `at byte ${at} ${problem}`);
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
    throw unreadable(name, `it ends after ${offset} bytes, it is cut off`);
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

/** Consecutive items of a list. */
export interface JsonItems {
  /** Position of the first one, counted from 0. */
  readonly first: number;
  readonly items: readonly unknown[];
}

/** Options of {@linkcode readJsonList}. */
export interface JsonListOptions {
  /** Name for messages. */
  readonly name: string;
  /** Longest item in bytes; 16 MiB unless something else is given. */
  readonly longestItem?: number;
}

/**
 * Reads the items of a list, many at a time.
 *
 * @throws {DataError} If the file is no JSON list, is cut off, or an item is malformed or longer
 * than allowed; the message has the position of the item.
 */
export async function* readJsonList(
  chunks: Chunks,
  { name, longestItem = 2 ** 24 }: JsonListOptions,
): AsyncGenerator<JsonItems> {
  const scanner = createListScanner(name);
  let first = 0;
  let pending: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes = pending.length === 0 ? chunk : concatBytes([pending, chunk]);
    const { start, end, hasItems } = scanner.scan(bytes, pending.length);
    if (hasItems) {
      const items = parseItems(bytes.subarray(start, end), { name, first });
      yield { first, items };
      first += items.length;
    }
    pending = bytes.slice(Math.max(start, end + 1));
    if (pending.length > longestItem) {
      throw unreadable(name, `item ${first} is longer than ${longestItem} bytes`);
    }
  }
  if (!scanner.isComplete()) {
    throw unreadable(name, `it is cut off in item ${first}`);
  }
}

/** Finds where items end, without looking into them. */
interface ListScanner {
  /**
   * Looks at the bytes from `from` on; those before were seen.
   *
   * @returns The part of the bytes that must be whole items with commas between them,
   * followed by one comma or bracket, and whether there is an item in it.
   */
  scan(
    bytes: Uint8Array,
    from: number,
  ): { readonly start: number; readonly end: number; readonly hasItems: boolean };
  /** Whether the list has ended. */
  isComplete(): boolean;
}

function createListScanner(name: string): ListScanner {
  /** 0 before the list, 1 between its items, more inside one. */
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  let isComplete = false;
  /** Whether no comma was seen: then the list may have no item at all. */
  let isEmpty = true;
  return {
    scan(bytes, from) {
      let start = 0;
      let end = -1;
      let depthNow = depth;
      let inText = isText;
      let escaped = isEscaped;
      let at = from;
      for (; at < bytes.length; at++) {
        const byte = bytes[at]!;
        if (inText) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inText = false;
          continue;
        }
        if (byte === quote) inText = true;
        else if (byte === openBrace || byte === openBracket) {
          if (depthNow === 0) {
            if (byte === openBrace || isComplete) break;
            start = at + 1;
          }
          depthNow++;
        } else if (byte === closeBrace || byte === closeBracket) {
          depthNow--;
          if (depthNow === 0 && byte === closeBracket) {
            end = at;
            isComplete = true;
          }
        } else if (byte === comma && depthNow === 1) {
          end = at;
          isEmpty = false;
        }
        if (depthNow < 0 || (depthNow === 0 && byte !== closeBracket && !isBlank(byte))) break;
      }
      if (at < bytes.length) {
        const what = isComplete ? "something follows its list" : "it is no JSON list";
        throw unreadable(name, what);
      }
      depth = depthNow;
      isText = inText;
      isEscaped = escaped;
      const isBlankList = isComplete && isEmpty && bytes.subarray(start, end).every(isBlank);
      return { start, end, hasItems: end >= start && !isBlankList };
    },
    isComplete: () => isComplete,
  };
}

function parseItems(
  bytes: Uint8Array,
  { name, first }: { readonly name: string; readonly first: number },
): readonly unknown[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const items: unknown[] = JSON.parse(`[${text}]`);
    if (items.length > 0) return items;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw unreadable(name, `item ${first + wholeItems(bytes)} is malformed`);
}

/** Number of well-formed items before the first that is not. */
function wholeItems(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  let whole = 0;
  for (let at = text.indexOf(","), from = 0;; at = text.indexOf(",", at + 1)) {
    try {
      JSON.parse(text.slice(from, at < 0 ? text.length : at));
      whole++;
      from = at + 1;
    } catch {
      // The comma lies inside of an item.
    }
    if (at < 0) return whole;
  }
}
