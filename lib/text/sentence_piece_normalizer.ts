/**
 * How SentencePiece normalises a text: replacements by a compiled map (mostly NFKC), blanks
 * collapsed and shown as U+2581, one in front.
 *
 * The map is a Darts double-array trie over UTF-8 bytes, followed by the replacements. Follows
 * `normalizer.cc` of SentencePiece.
 *
 * @module
 */

import { DataError } from "../util/mod.ts";
import { type ByteTrie, createByteTrie } from "./byte_trie.ts";
import type { NormalizerSettings } from "./sentence_piece_model.ts";

/** Normalises a text; UTF-8 bytes in and out. The result is overwritten by the next call. */
export type Normalizer = (text: Uint8Array) => Uint8Array<ArrayBuffer>;

const blank = 0x20;
/** U+2581, lower one eighth block. */
const shownBlank = [0xe2, 0x96, 0x81];

/** Options of {@linkcode createNormalizer}. */
export interface NormalizerOptions {
  /** The model's name, for messages. */
  readonly name: string;
  /** Pieces that must not be changed. */
  readonly userDefined: readonly Uint8Array[];
}

/**
 * Makes the normalizer of a model.
 *
 * @throws {DataError} If the compiled map is damaged.
 */
export function createNormalizer(
  { charsMap, addDummyPrefix, removeExtraBlanks, escapeBlanks }: NormalizerSettings,
  { name, userDefined }: NormalizerOptions,
): Normalizer {
  const replace = parseCharsMap(charsMap, name);
  const kept = createByteTrie();
  userDefined.forEach((bytes) => kept.add(bytes, 1));
  const out = createByteBuffer();
  const addBlank = () => escapeBlanks ? out.addAll(shownBlank) : out.add(blank);

  return (text) => {
    out.clear();
    /** Whether the blanks that come next are dropped. */
    let dropBlanks = removeExtraBlanks;
    let started = false;
    for (let at = 0; at < text.length;) {
      const keptLength = userDefined.length === 0 ? 0 : longestMatch(kept, text, at);
      const found = keptLength > 0 ? undefined : replace?.(text, at);
      const source = found?.bytes ?? text;
      const length = found?.length ?? (keptLength || characterLength(text, at));
      const start = found === undefined ? at : 0;
      const end = found === undefined ? at + length : source.length;
      at += length;
      // Leading blanks do not start the result.
      if (!started && !(removeExtraBlanks && end - start === 1 && source[start] === blank)) {
        started = true;
        if (addDummyPrefix) addBlank();
      }
      let from = start;
      if (dropBlanks) { while (from < end && source[from] === blank) from++; }
      for (let i = from; i < end; i++) {
        if (source[i] === blank) addBlank();
        else out.add(source[i]!);
      }
      if (from < end) dropBlanks = removeExtraBlanks && source[end - 1] === blank;
    }
    if (removeExtraBlanks) trimEnd(out, escapeBlanks ? shownBlank : [blank]);
    return out.bytes();
  };
}

function trimEnd(out: ByteBuffer, tail: readonly number[]): void {
  const ends = () => tail.every((byte, i) => out.fromEnd(tail.length - i) === byte);
  while (ends()) out.drop(tail.length);
}

/** Bytes of the character that starts at a place. */
function characterLength(text: Uint8Array, at: number): number {
  const byte = text[at]!;
  const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return Math.min(length, text.length - at);
}

function longestMatch(trie: ByteTrie, text: Uint8Array, at: number): number {
  const matches = trie.match(text, at);
  return matches === 0 ? 0 : trie.ends[matches - 1]! - at;
}

interface Replacement {
  /** Bytes of the text that are replaced. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** The longest replacement that applies at a place, if any. */
type Replace = (text: Uint8Array, at: number) => Replacement | undefined;

function parseCharsMap(map: Uint8Array<ArrayBuffer>, name: string): Replace | undefined {
  if (map.length === 0) return undefined;
  const fail = () => new DataError(`Cannot read ${name}: its map of replacements is damaged`);
  if (map.length < 4) throw fail();
  const view = new DataView(map.buffer, map.byteOffset, map.length);
  const trieBytes = view.getUint32(0, true);
  if (trieBytes % 4 !== 0 || trieBytes === 0 || trieBytes > map.length - 4) throw fail();
  const units = Uint32Array.from(
    { length: trieBytes / 4 },
    (_, i) => view.getUint32(4 + 4 * i, true),
  );
  const replacements = map.subarray(4 + trieBytes);
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  const leaf = 0x100;

  return (text, at) => {
    let node = offset(units[0]!);
    let length = 0;
    let value = 0;
    for (let i = at; i < text.length; i++) {
      node ^= text[i]!;
      const unit = units[node];
      if (unit === undefined || (unit & 0x800000ff) !== text[i]) break;
      node ^= offset(unit);
      if ((unit & leaf) === 0) continue;
      const target = units[node];
      if (target === undefined) throw fail();
      length = i + 1 - at;
      value = target & 0x7fffffff;
    }
    if (length === 0) return undefined;
    const end = replacements.indexOf(0, value);
    if (end < 0) throw fail();
    return { length, bytes: replacements.subarray(value, end) };
  };
}

/** Bytes that are gathered one by one. */
interface ByteBuffer {
  clear(): void;
  add(byte: number): void;
  addAll(bytes: readonly number[]): void;
  /** The byte so many places before the end. */
  fromEnd(distance: number): number | undefined;
  drop(count: number): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

function createByteBuffer(): ByteBuffer {
  let buffer = new Uint8Array(1 << 12);
  let filled = 0;
  const add = (byte: number) => {
    if (filled === buffer.length) {
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
    buffer[filled++] = byte;
  };
  return {
    clear: () => void (filled = 0),
    add,
    addAll: (bytes) => bytes.forEach(add),
    fromEnd: (distance) => filled < distance ? undefined : buffer[filled - distance],
    drop: (count) => void (filled -= count),
    bytes: () => buffer.subarray(0, filled),
  };
}
