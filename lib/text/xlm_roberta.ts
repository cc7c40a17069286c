/**
 * The tokenizer of XLM-RoBERTa: SentencePiece pieces, one id further than in the model, since
 * `<s>`, `<pad>`, `</s>` and `<unk>` take the ids 0 to 3.
 *
 * The model file, 5 MB, comes with the published weights and is not part of this program: it must
 * lie with the raw files. Texts are cut as SentencePiece itself cuts them; the fast tokenizer of
 * Hugging Face imitates that and departs in rare cases (replacements inside a cluster of combining
 * marks).
 *
 * @module
 */

import { openFileSource } from "../formats/bytes/mod.ts";
import { checkOfficial, findRaw, type OfficialListener, type RawFile } from "../raw/mod.ts";
import { DataError } from "../util/mod.ts";
import {
  createSentencePiece,
  parseSentencePieceModel,
  type SentencePieceModel,
} from "./sentence_piece.ts";
import { createTextTokenizer, splitAtTokens, type TextTokenizer } from "./text_tokenizer.ts";

/** Number of ids, `<mask>` at the end included. */
export const xlmRobertaCount = 250_002;

/** The model file. */
export const xlmRobertaFile: RawFile = {
  path: "sentencepiece.bpe.model",
  url: "https://huggingface.co/FacebookAI/xlm-roberta-base/resolve/main/sentencepiece.bpe.model",
  bytes: 5_069_051,
  sha256: "cfc8146abe2a0488e9e2a0c56de7952f7c11ab059eca145a0a727afce0db2865",
};

const longestModel = 2 ** 24;
const special = { start: 0, pad: 1, end: 2, unknown: 3 };

/**
 * Opens the tokenizer with the model file of the raw folder.
 *
 * @param dataset Id for messages.
 * @throws {MissingError} If the model file is not there.
 * @throws {DataError} If it is damaged, or not laid out like XLM-RoBERTa's.
 */
export async function openXlmRoberta(
  dataset: string,
  raw: string | undefined,
  listener: OfficialListener,
): Promise<TextTokenizer> {
  const found = await findRaw(dataset, raw, xlmRobertaFile);
  await checkOfficial(found, listener);
  await using source = await openFileSource(found.path);
  if (source.size > longestModel) {
    throw new DataError(
      `Cannot read the SentencePiece model "${found.path}": it has ${source.size} bytes, ` +
        `at most ${longestModel} are read`,
    );
  }
  const bytes = await source.read(0, source.size);
  return createXlmRoberta(parseSentencePieceModel(bytes, found.path), found.path);
}

/**
 * Makes the tokenizer of a model.
 *
 * @throws {DataError} If the model does not start with `<unk>`, `<s>`, `</s>`, or has too many
 * pieces.
 */
export function createXlmRoberta(model: SentencePieceModel, path: string): TextTokenizer {
  const name = `the SentencePiece model "${path}"`;
  const { pieces, unknown } = model;
  const controls = pieces.slice(1, 3).map(({ bytes }) => new TextDecoder().decode(bytes)).join(" ");
  if (unknown !== 0 || controls !== "<s> </s>") {
    throw new DataError(
      `Cannot use ${name}: its first pieces are not "<unk>", "<s>" and "</s>"`,
    );
  }
  if (pieces.length > xlmRobertaCount - 2) {
    throw new DataError(
      `Cannot use ${name}: it has ${pieces.length} pieces, at most ${
        xlmRobertaCount - 2
      } are wanted`,
    );
  }
  const cut = createSentencePiece(model, name);
  const split = splitAtTokens(
    new Map([
      ["<s>", special.start],
      ["<pad>", special.pad],
      ["</s>", special.end],
      ["<unk>", special.unknown],
      ["<mask>", pieces.length + 1],
    ]),
  );
  const { start, pad, end } = special;
  return createTextTokenizer(
    xlmRobertaCount,
    { start, pad, end, between: [end, end] },
    (text, limit) =>
      split(text).flatMap((part) =>
        typeof part === "number"
          ? [part]
          : cut(part, limit).map((id) => id === unknown ? special.unknown : id + 1)
      ),
  );
}
