/**
 * Tokenizers of text: byte, WordPiece and SentencePiece.
 *
 * @module
 */

export { createTextTokenizer, type TextTokenizer } from "./text_tokenizer.ts";
export { openWordPiece, wordPieceCount, wordPieceFile } from "./word_piece.ts";
export { openXlmRoberta, xlmRobertaCount, xlmRobertaFile } from "./xlm_roberta.ts";
