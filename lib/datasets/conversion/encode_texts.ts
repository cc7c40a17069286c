/**
 * From texts to ids.
 *
 * @module
 */

import type { OfficialListener } from "../../raw/mod.ts";
import { openWordPiece, openXlmRoberta, type TextTokenizer } from "../../text/mod.ts";

/** The tokenizers of the text data sets. */
export type TokenizerKind = "word-piece" | "xlm-roberta";

/** Which tokenizer, and where its file may be. */
interface TokenizerChoice {
  readonly kind: TokenizerKind;
  /** Id of the data set, for messages. */
  readonly dataset: string;
  /** The user's folder of raw files. */
  readonly raw: string | undefined;
}

/**
 * Opens a tokenizer.
 *
 * @throws {MissingError} If its file is not there.
 * @throws {DataError} If its file is damaged.
 */
export function openTokenizer(
  { kind, dataset, raw }: TokenizerChoice,
  listener: OfficialListener,
): Promise<TextTokenizer> {
  return kind === "word-piece"
    ? openWordPiece(raw, listener)
    : openXlmRoberta(dataset, raw, listener);
}

/** Some samples. */
interface TextBatch {
  readonly tokenizer: TokenizerChoice;
  /** One text a sample, or the two of a pair. */
  readonly texts: readonly (readonly string[])[];
  /** Ids a sample. */
  readonly length: number;
}

/** The ids of some samples, one after the other. */
interface TextBatchIds {
  readonly ids: Int32Array<ArrayBuffer>;
}

/** Tokenizers that this worker has opened. */
const opened = new Map<string, Promise<TextTokenizer>>();

/** Encodes some samples with a tokenizer that stays open. */
export async function encodeBatch(batch: TextBatch): Promise<TextBatchIds> {
  const key = JSON.stringify(batch.tokenizer);
  let tokenizer = opened.get(key);
  if (tokenizer === undefined) {
    // Whoever started the conversion has been told what there is to tell about the file.
    tokenizer = openTokenizer(batch.tokenizer, { warn: () => {} });
    opened.set(key, tokenizer);
  }
  return encodeWith(await tokenizer, batch);
}

/** Encodes some samples. */
export function encodeWith(
  tokenizer: TextTokenizer,
  { texts, length }: Pick<TextBatch, "texts" | "length">,
): TextBatchIds {
  const ids = new Int32Array(texts.length * length);
  texts.forEach((sample, i) => ids.set(tokenizer.encode(sample, length), i * length));
  return { ids };
}
