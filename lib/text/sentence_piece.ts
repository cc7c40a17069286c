/**
 * SentencePiece: its model files, how a text is normalised, and the unigram model, which finds the
 * most probable way to cut a text into pieces.
 *
 * Written for this project, because the packages on npm, which wrap the C++ library, take damaged
 * models for good ones and then give no ids at all. Follows `unigram_model.cc` of SentencePiece
 * down to the rounding of sums to float32, which decides between ways that are nearly equally
 * probable, and `normalizer.cc`: replacements by a compiled map (mostly NFKC), blanks collapsed and
 * shown as U+2581, one in front. The map is a Darts double-array trie over UTF-8 bytes, followed by
 * the replacements. The fields of a model are those of `sentencepiece_model.proto`.
 *
 * T. Kudo. Subword regularization. ACL (2018)
 *
 * @module
 */

import { DataError, protobufFields } from "../util/mod.ts";

/**
 * Ids of a text.
 *
 * @param limit If given, at least the first `limit` ids, or all.
 */
export type PieceIds = (text: string, limit?: number) => readonly number[];

/** What a character that is in no piece costs more than the least probable piece. */
const unknownPenalty = 10;
/** Scores are compared with the smallest positive float32, as the C++ code does. */
const smallestFloat = 2 ** -126;
/** Characters that are tried first: so many, and so many for each id that is wanted. */
const firstTry = { characters: 256, charactersPerId: 8 };

/**
 * Makes the function that cuts texts.
 *
 * @param name The model's name, for messages.
 * @throws {DataError} If the model's map of replacements is damaged.
 */
export function createSentencePiece(model: SentencePieceModel, name: string): PieceIds {
  const { pieces, unknown } = model;
  const userDefined = pieces.filter(({ kind }) => kind === "user-defined")
    .map(({ bytes }) => bytes);
  const normalize = createNormalizer(model.normalizer, { name, userDefined });
  const cut = createCutter(model);
  const wordwise = cutsBeforeBlanks(model);
  const encoder = new TextEncoder();

  const idsOf = (text: string) => {
    const ids: number[] = [];
    // A run of unknown characters is one piece.
    for (const id of cut(normalize(encoder.encode(text)))) {
      if (id !== unknown || ids.at(-1) !== unknown) ids.push(id);
    }
    return ids;
  };
  return (text, limit) => {
    if (limit !== undefined && wordwise) {
      const start = startOf(text, firstTry.characters + limit * firstTry.charactersPerId);
      const ids = start === undefined ? [] : idsOf(start);
      if (ids.length >= limit) return ids;
    }
    return idsOf(text);
  };
}

/**
 * Whether no piece goes on behind a blank, so that the ids of a text's first words are its first.
 */
function cutsBeforeBlanks({ pieces, normalizer }: SentencePieceModel): boolean {
  if (!normalizer.escapeBlanks || !normalizer.removeExtraBlanks) return false;
  const decoder = new TextDecoder();
  return pieces.every(({ bytes, kind }) =>
    kind === "control" || kind === "unknown" ||
    (kind === "normal" && decoder.decode(bytes).indexOf("\u2581", 1) < 0)
  );
}

/**
 * The words within the first `length` characters; nothing if the text is not longer, or has no
 * plain blank between plain letters there.
 */
function startOf(text: string, length: number): string | undefined {
  if (text.length <= length) return undefined;
  for (let at = length; at > length / 2; at--) {
    if (text[at] === " " && /^[a-z0-9] [a-z0-9]$/i.test(text.slice(at - 1, at + 2))) {
      return text.slice(0, at);
    }
  }
  return undefined;
}

/** The pieces of a model, to be found in a text, and what each of them scores. */
interface ScoredPieces {
  readonly trie: ByteTrie;
  readonly scores: Float32Array;
  /** 1 for the pieces that the model's user defined. */
  readonly isOwn: Uint8Array;
  readonly highest: number;
  readonly unknownScore: number;
}

function scorePieces({ pieces }: SentencePieceModel): ScoredPieces {
  const trie = createByteTrie();
  const scores = new Float32Array(pieces.length);
  const isOwn = new Uint8Array(pieces.length);
  let lowest = Infinity;
  let highest = smallestFloat;
  pieces.forEach(({ bytes, score, kind }, id) => {
    scores[id] = score;
    if (kind === "normal") {
      lowest = Math.min(lowest, score);
      highest = Math.max(highest, score);
    }
    if (kind === "normal" || kind === "user-defined") trie.add(bytes, id);
    isOwn[id] = kind === "user-defined" ? 1 : 0;
  });
  return { trie, scores, isOwn, highest, unknownScore: Math.fround(lowest - unknownPenalty) };
}

/** Makes the search for the best way to cut normalised bytes. */
function createCutter(model: SentencePieceModel): (text: Uint8Array) => number[] {
  const { unknown } = model;
  const { trie, scores, isOwn, highest, unknownScore } = scorePieces(model);
  let capacity = 0;
  let best = new Float32Array(0);
  let from = new Int32Array(0);
  let ids = new Int32Array(0);
  const improve = (end: number, start: number, id: number, score: number) => {
    if (from[end] !== -1 && !(score > best[end]!)) return;
    best[end] = score;
    from[end] = start;
    ids[end] = id;
  };

  return (text) => {
    const size = text.length;
    if (capacity < size + 1) {
      capacity = 2 * (size + 1);
      best = new Float32Array(capacity);
      [from, ids] = [new Int32Array(capacity), new Int32Array(capacity)];
    }
    best.fill(0, 0, size + 1);
    from.fill(-1, 0, size + 1);
    for (let start = 0; start < size;) {
      const character = characterLength(text, start);
      const before = best[start]!;
      let single = false;
      const matches = trie.match(text, start);
      const { ends, values } = trie;
      for (let match = 0; match < matches; match++) {
        const at = ends[match]!;
        const id = values[match]!;
        const score = isOwn[id] === 1
          ? before + (at - start) * highest - 0.1
          : Math.fround(before + scores[id]!);
        improve(at, start, id, score);
        if (at - start === character) single = true;
      }
      if (!single) improve(start + character, start, unknown, Math.fround(unknownScore + before));
      start += character;
    }
    const found: number[] = [];
    for (let end = size; end > 0; end = from[end]!) found.push(ids[end]!);
    return found.reverse();
  };
}

/** What a piece is for. */
export type PieceKind = "normal" | "unknown" | "control" | "user-defined" | "unused" | "byte";

/** One piece; its position is its id. */
export interface SentencePieceEntry {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Logarithm of its probability, as float32. */
  readonly score: number;
  readonly kind: PieceKind;
}

/** How texts are normalised. */
export interface NormalizerSettings {
  /** The compiled map of replacements; empty if texts stay as they are. */
  readonly charsMap: Uint8Array<ArrayBuffer>;
  readonly addDummyPrefix: boolean;
  readonly removeExtraBlanks: boolean;
  readonly escapeBlanks: boolean;
}

/** A model of the unigram kind. */
export interface SentencePieceModel {
  readonly pieces: readonly SentencePieceEntry[];
  /** Id of the piece for unknown text. */
  readonly unknown: number;
  readonly normalizer: NormalizerSettings;
}

const kinds: readonly PieceKind[] = [
  "normal",
  "unknown",
  "control",
  "user-defined",
  "unused",
  "byte",
];
const modelKinds = ["unigram", "bpe", "word", "char"];

/** Fields of the messages that are read. */
const fields = {
  model: { piece: 1, trainer: 2, normalizer: 3 },
  piece: { text: 1, score: 2, kind: 3 },
  trainer: { kind: 3, blankAsSuffix: 24, byteFallback: 35 },
  normalizer: { charsMap: 2, addDummyPrefix: 3, removeExtraBlanks: 4, escapeBlanks: 5 },
};

/**
 * Parses a model file.
 *
 * @throws {DataError} If it is damaged, or a model of another kind than unigram.
 */
export function parseSentencePieceModel(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
): SentencePieceModel {
  const name = `the SentencePiece model "${path}"`;
  const pieces: SentencePieceEntry[] = [];
  let normalizer: NormalizerSettings | undefined;
  for (const { field, bytes: message } of protobufFields(bytes, name)) {
    if (field === fields.model.piece) pieces.push(parsePiece(message, name));
    else if (field === fields.model.trainer) checkTrainer(message, name);
    else if (field === fields.model.normalizer) {
      normalizer = parseNormalizer(message, name);
    }
  }
  // It is written after the pieces, so a file that was cut off behind a piece lacks it.
  if (normalizer === undefined) {
    throw new DataError(`Cannot read ${name}: it is no such model, or cut off`);
  }
  const unknown = pieces.findIndex(({ kind }) => kind === "unknown");
  if (unknown < 0) {
    throw new DataError(
      `Cannot read ${name}: its ${pieces.length} pieces lack the one for unknown text`,
    );
  }
  return { pieces, unknown, normalizer };
}

function parsePiece(message: Uint8Array<ArrayBuffer>, name: string): SentencePieceEntry {
  let text = new Uint8Array(0);
  let score = 0;
  let kind: PieceKind = "normal";
  for (const { field, integer, bytes } of protobufFields(message, `a piece of ${name}`)) {
    if (field === fields.piece.text) text = bytes;
    else if (field === fields.piece.score && bytes.length === 4) {
      score = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
    } else if (field === fields.piece.kind) kind = kinds[integer - 1] ?? kind;
  }
  if (text.length === 0 || !Number.isFinite(score)) {
    throw new DataError(`Cannot read ${name}: a piece is empty or has the score ${score}`);
  }
  return { bytes: text, score, kind };
}

function checkTrainer(message: Uint8Array<ArrayBuffer>, name: string): void {
  const fail = (what: string) => new DataError(`Cannot use ${name}: ${what}`);
  for (const { field, integer } of protobufFields(message, `the training settings of ${name}`)) {
    if (field === fields.trainer.kind && integer !== 1) {
      throw fail(`it is of the kind "${modelKinds[integer - 1] ?? integer}", wanted "unigram"`);
    }
    if (field === fields.trainer.blankAsSuffix && integer !== 0) {
      throw fail("it has blanks at the ends of words, at the starts is wanted");
    }
    if (field === fields.trainer.byteFallback && integer !== 0) {
      throw fail("it falls back to bytes, a piece for unknown text is wanted");
    }
  }
}

function parseNormalizer(message: Uint8Array<ArrayBuffer>, name: string): NormalizerSettings {
  let settings: NormalizerSettings = {
    charsMap: new Uint8Array(0),
    addDummyPrefix: true,
    removeExtraBlanks: true,
    escapeBlanks: true,
  };
  for (const { field, integer, bytes } of protobufFields(message, `the normalizer of ${name}`)) {
    const flag = integer !== 0;
    if (field === fields.normalizer.charsMap) settings = { ...settings, charsMap: bytes };
    else if (field === fields.normalizer.addDummyPrefix) {
      settings = { ...settings, addDummyPrefix: flag };
    } else if (field === fields.normalizer.removeExtraBlanks) {
      settings = { ...settings, removeExtraBlanks: flag };
    } else if (field === fields.normalizer.escapeBlanks) {
      settings = { ...settings, escapeBlanks: flag };
    }
  }
  return settings;
}

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

/** The set. */
export interface ByteTrie {
  /** Adds a string; its number is not negative, and the last one that was given stays. */
  add(bytes: Uint8Array, value: number): void;
  /**
   * Finds the strings that a text has at a place, the shortest first.
   *
   * @returns How many there are; {@linkcode ends} and {@linkcode values} hold them until the next
   * call.
   */
  match(text: Uint8Array, at: number): number;
  /** Where each match ends. */
  readonly ends: Int32Array;
  /** The number of each match. */
  readonly values: Int32Array;
}

/** All edges of a set in one hash table, so that many strings take little memory. */
interface EdgeTable {
  capacity: number;
  /** An edge is its node and its byte in one number; 0 means that a place is free. */
  edges: Uint32Array;
  /** The node that each edge leads to. */
  targets: Int32Array;
  /** The number of the string that ends at a node, plus one. */
  numbers: Int32Array;
}

function edgeTable(capacity: number): EdgeTable {
  return {
    capacity,
    edges: new Uint32Array(capacity),
    targets: new Int32Array(capacity),
    numbers: new Int32Array(capacity),
  };
}

/** Where an edge is, or would be. */
function placeOf({ capacity, edges }: EdgeTable, key: number): number {
  let place = (Math.imul(key, 0x9e3779b1) >>> 7) & (capacity - 1);
  while (edges[place] !== 0 && edges[place] !== key) place = (place + 1) & (capacity - 1);
  return place;
}

function doubled({ capacity, edges, targets, numbers }: EdgeTable): EdgeTable {
  const larger = edgeTable(2 * capacity);
  larger.numbers.set(numbers);
  for (let i = 0; i < capacity; i++) {
    if (edges[i] === 0) continue;
    const place = placeOf(larger, edges[i]!);
    larger.edges[place] = edges[i]!;
    larger.targets[place] = targets[i]!;
  }
  return larger;
}

/** Makes an empty set. */
export function createByteTrie(): ByteTrie {
  let table = edgeTable(1 << 12);
  let nodes = 1;
  let longest = 0;
  const found = { ends: new Int32Array(16), values: new Int32Array(16) };
  return Object.assign(found, {
    add: (bytes: Uint8Array, value: number) => {
      let node = 0;
      for (const byte of bytes) {
        if (2 * nodes >= table.capacity) table = doubled(table);
        const key = node * 256 + byte + 1;
        const place = placeOf(table, key);
        if (table.edges[place] === 0) {
          table.edges[place] = key;
          table.targets[place] = nodes++;
        }
        node = table.targets[place]!;
      }
      table.numbers[node] = value + 1;
      if (bytes.length > longest) {
        longest = bytes.length;
        [found.ends, found.values] = [new Int32Array(longest), new Int32Array(longest)];
      }
    },
    match: (text: Uint8Array, at: number) => {
      const { ends, values } = found;
      const { capacity, edges, targets, numbers } = table;
      const end = text.length;
      const mask = capacity - 1;
      let count = 0;
      // The search of `placeOf`, written out: this is the inner loop.
      for (let node = 0, i = at; i < end; i++) {
        const key = node * 256 + text[i]! + 1;
        let place = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
        let edge = edges[place]!;
        while (edge !== key) {
          if (edge === 0) return count;
          place = (place + 1) & mask;
          edge = edges[place]!;
        }
        node = targets[place]!;
        if (numbers[node] === 0) continue;
        ends[count] = i + 1;
        values[count++] = numbers[node]! - 1;
      }
      return count;
    },
  });
}
