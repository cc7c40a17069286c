/**
 * WikiText-103: articles of Wikipedia, from the official archive or from the Parquet files of the
 * Hugging Face hub.
 *
 * As in DABS, every line that is not blank is a sample of its own, headings included, cut at 128
 * ids; the attention mask is not kept, so padding counts as text.
 *
 * @module
 */

import type { Dataset } from "./conversion/dataset.ts";
import { textDataset } from "./families/texts.ts";

/** WikiText-103. */
export const wikitext103: Dataset = textDataset({
  id: "wikitext103",
  title: "WikiText-103",
  domain: "English text",
  role: "pretrain",
  summary: "1,165,029 paragraphs and headings of 28,475 good articles of Wikipedia; no labels.",
  licence: "CC BY-SA 3.0",
  homepage: "https://huggingface.co/datasets/Salesforce/wikitext",
  citation:
    "S. Merity, C. Xiong, J. Bradbury, R. Socher. Pointer sentinel mixture models. ICLR (2017)",
  files: [{
    path: "wikitext-103-v1.zip",
    url: "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-103-v1.zip",
    bytes: 190_229_076,
    sha256: "242ba0f20b329cfdf1ccc61e9e9e5b59becf189db7f7a81cd2a0e2fc31539590",
    alternatives: ["wikitext-103", "wikitext-103-v1"],
  }],
  difference: "a line is a sample of 128 ids; validation for testing",
  tokenizer: "word-piece",
  parts: [
    { split: "train", file: "wiki.train.tokens", parquet: "train", official: 1_165_029 },
    { split: "test", file: "wiki.valid.tokens", parquet: "validation", official: 2_461 },
  ],
  columns: { separated: "lines", parquet: ["text"], dropEmpty: true },
});
