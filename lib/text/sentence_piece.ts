/**
 * SentencePiece's unigram model: the most probable way to cut a text into pieces.
 *
 * Written for this project, because the packages on npm, which wrap the C++ library, take damaged
 * models for good ones and then give no ids at all. Follows `unigram_model.cc` of SentencePiece
 * down to the rounding of sums to float32, which decides between ways that are nearly equally
 * probable.
 *
 * T. Kudo. Subword regularization. ACL (2018)
 *
 * @module
 */

import { createByteTrie } from "./byte_trie.ts";
import type { SentencePieceModel } from "./sentence_piece_model.ts";
import { createNormalizer } from "./sentence_piece_normalizer.ts";

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

/** Makes the search for the best way to cut normalised bytes. */
function createCutter(
  { pieces, unknown }: SentencePieceModel,
): (text: Uint8Array) => number[] {
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
  const unknownScore = Math.fround(lowest - unknownPenalty);

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
      [best, from, ids] = [
        new Float32Array(capacity),
        new Int32Array(capacity),
        new Int32Array(capacity),
      ];
    }
    best.fill(0, 0, size + 1);
    from.fill(-1, 0, size + 1);
    for (let start = 0; start < size;) {
      const character = Math.min(characterBytes(text[start]!), size - start);
      const before = best[start]!;
      let single = false;
      const matches = trie.match(text, start);
      const { ends, values } = trie;
      for (let match = 0; match < matches; match++) {
        const at = ends[match]!;
        const id = values[match]!;
        const length = at - start;
        improve(
          at,
          start,
          id,
          isOwn[id] === 1 ? before + length * highest - 0.1 : Math.fround(before + scores[id]!),
        );
        if (length === character) single = true;
      }
      if (!single) {
        improve(start + character, start, unknown, Math.fround(unknownScore + before));
      }
      start += character;
    }
    const found: number[] = [];
    for (let end = size; end > 0; end = from[end]!) found.push(ids[end]!);
    return found.reverse();
  };
}

function characterBytes(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
