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
import { DataError, type Json, parseJson } from "../../util/mod.ts";

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
  const value = createValueScanner();
  const decoder = new TextDecoder();
  let place: Place = "document";
  let offset = 0;
  let array = "";
  let index = 0;
  let parts: Uint8Array[] = [];
  let length = 0;

  const fail = (at: number, wanted: string) =>
    new DataError(`Cannot read "${name}": at byte ${offset + at} ${wanted} is wanted`);
  const keep = (part: Uint8Array, at: number) => {
    length += part.length;
    if (length > longestElement) {
      throw new DataError(
        `Cannot read "${name}": at byte ${
          offset + at
        } a value is longer than ${longestElement} bytes`,
      );
    }
    parts.push(part);
  };
  const take = () => {
    const text = decoder.decode(joined(parts, length));
    [parts, length] = [[], 0];
    return text;
  };

  const scan = function* (chunk: Uint8Array): Generator<JsonElement> {
    for (let at = 0; at < chunk.length;) {
      const byte = chunk[at]!;
      // Values go on over blanks and over the ends of chunks.
      if (place === "name" || place === "passed over" || place === "element") {
        const end = value.end(chunk, at);
        if (place !== "passed over") keep(chunk.subarray(at, end), at);
        at = end;
        if (!value.done) continue;
        if (place === "name") {
          array = String(parseJson(take(), `a name at byte ${offset + at} of "${name}"`));
          place = "colon";
        } else if (place === "passed over") {
          place = "after a value";
        } else {
          const what = `the element ${index} of "${array}" in "${name}"`;
          yield { array, index: index++, value: parseJson(take(), what) };
          place = "after an element";
        }
        continue;
      }
      if (isBlank(byte)) {
        at++;
        continue;
      }
      switch (place) {
        case "document":
          if (byte !== openBrace) throw fail(at, "an object");
          place = "first member";
          at++;
          break;
        case "first member":
        case "member":
          if (byte === closeBrace && place === "first member") {
            place = "end";
            at++;
          } else if (byte === quote) {
            value.start();
            place = "name";
          } else throw fail(at, "a name");
          break;
        case "colon":
          if (byte !== colon) throw fail(at, "a colon");
          place = "value";
          at++;
          break;
        case "value":
          if (byte === openBracket && arrays.includes(array)) {
            place = "first element";
            index = 0;
            at++;
          } else {
            value.start();
            place = "passed over";
          }
          break;
        case "after a value":
          if (byte !== comma && byte !== closeBrace) throw fail(at, "a comma or a closing brace");
          place = byte === comma ? "member" : "end";
          at++;
          break;
        case "first element":
        case "element start":
          if (byte === closeBracket && place === "first element") {
            place = "after a value";
            at++;
          } else if (byte === comma || byte === closeBracket || byte === closeBrace) {
            throw fail(at, "an element");
          } else {
            value.start();
            place = "element";
          }
          break;
        case "after an element":
          if (byte !== comma && byte !== closeBracket) {
            throw fail(at, "a comma or a closing bracket");
          }
          place = byte === comma ? "element start" : "after a value";
          at++;
          break;
        case "end":
          throw fail(at, "the end");
      }
    }
    offset += chunk.length;
  };

  for await (const chunk of chunks) yield* scan(chunk);
  if ((place as Place) !== "end") {
    throw new DataError(`Cannot read "${name}": it ends after ${offset} bytes, it is cut off`);
  }
}

/** Finds where a value ends, over as many chunks as it takes. */
interface ValueScanner {
  /** Whether the value is at its end. */
  readonly done: boolean;
  /** Begins a new value. */
  start(): void;
  /** Where the value ends in a chunk, or the chunk's length if it goes on. */
  end(chunk: Uint8Array, from: number): number;
}

function createValueScanner(): ValueScanner {
  let depth = 0;
  let inText = false;
  let escaped = false;
  const scanner = {
    done: false,
    start: () => {
      depth = 0;
      inText = escaped = scanner.done = false;
    },
    end: (chunk: Uint8Array, from: number) => {
      let at = from;
      while (at < chunk.length && !scanner.done) {
        at = inText ? text(chunk, at) : structure(chunk, at);
      }
      return at;
    },
  };
  /** Goes on to the end of a text. */
  const text = (chunk: Uint8Array, from: number) => {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (escaped) escaped = false;
      else if (byte === backslash) escaped = true;
      else if (byte === quote) {
        inText = false;
        scanner.done = depth === 0;
        return at + 1;
      }
    }
    return chunk.length;
  };
  /** Goes on to the end of the value, or to the start of a text in it. */
  const structure = (chunk: Uint8Array, from: number) => {
    let level = depth;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      // Digits, signs, letters and most else: nothing that ends or nests.
      if (
        level > 0 && byte !== quote && (byte | 0x20) !== openBrace && (byte | 0x20) !== closeBrace
      ) {
        continue;
      }
      if (byte === quote) {
        depth = level;
        inText = true;
        return at + 1;
      }
      if (byte === openBrace || byte === openBracket) {
        level++;
      } else if (byte === closeBrace || byte === closeBracket) {
        // A number or a word at the top ends before what closes the object or array around it.
        scanner.done = level <= 1;
        if (level <= 1) return level === 0 ? at : at + 1;
        level--;
      } else if (level === 0 && (byte === comma || isBlank(byte))) {
        scanner.done = true;
        return at;
      }
    }
    depth = level;
    return chunk.length;
  };
  return scanner;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
