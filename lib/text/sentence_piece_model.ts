/**
 * Model files of SentencePiece: pieces with scores, and how texts are normalised before.
 *
 * The fields are those of `sentencepiece_model.proto`.
 *
 * @module
 */

import { DataError, readFields } from "../util/mod.ts";

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
  for (const { field, bytes: message } of readFields(bytes, name)) {
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
  for (const { field, integer, bytes } of readFields(message, `a piece of ${name}`)) {
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
  for (const { field, integer } of readFields(message, `the training settings of ${name}`)) {
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
  for (const { field, integer, bytes } of readFields(message, `the normalizer of ${name}`)) {
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
