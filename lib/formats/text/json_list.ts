/**
 * Streams a JSON file that holds one long list, item by item; never more than a few items are held.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { concatBytes, DataError } from "../../util/mod.ts";

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

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const isBlank = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

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
      throw new DataError(
        `Cannot read "${name}": item ${first} is longer than ${longestItem} bytes`,
      );
    }
  }
  if (!scanner.isComplete()) {
    throw new DataError(`Cannot read "${name}": it is cut off in item ${first}`);
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
        throw new DataError(`Cannot read "${name}": ${what}`);
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
  throw new DataError(`Cannot read "${name}": item ${first + wholeItems(bytes)} is malformed`);
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
