/**
 * WikiText-103: articles of Wikipedia, from the official archive or from the Parquet files of the
 * Hugging Face hub.
 *
 * As in DABS, every line that is not blank is a sample of its own, headings included, cut at 128 ids;
 * the attention mask is not kept, so padding counts as text.
 *
 * @module
 */

import { checkOfficial, findRaw, type RawForm } from "../raw/mod.ts";
import { wordPieceCount, wordPieceFile } from "../text/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import { readSplitFiles } from "./text/split_files.ts";
import { tokenizeText } from "./text/tokenize_text.ts";

const id = "wikitext103";

const forms: readonly RawForm[] = [
  {
    path: "wikitext-103-v1.zip",
    url: "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-103-v1.zip",
    bytes: 190_229_076,
    sha256: "242ba0f20b329cfdf1ccc61e9e9e5b59becf189db7f7a81cd2a0e2fc31539590",
  },
  { path: "wikitext-103" },
  { path: "wikitext-103-v1" },
];

const shape: DatasetShape = {
  inputs: [{ kind: "tokens", vocabulary: wordPieceCount, length: 128 }],
  defaults: { batchSize: 128 },
};

/** WikiText-103. */
export const wikitext103: Dataset = {
  id,
  title: "WikiText-103",
  domain: "English text",
  role: "pretrain",
  summary: "1,165,029 paragraphs and headings of 28,475 good articles of Wikipedia; no labels.",
  licence: "CC BY-SA 3.0",
  homepage: "https://huggingface.co/datasets/Salesforce/wikitext",
  citation:
    "S. Merity, C. Xiong, J. Bradbury, R. Socher. Pointer sentinel mixture models. ICLR (2017)",
  files: [
    { ...forms[0]!, alternatives: forms.slice(1).map(({ path }) => path) },
    wordPieceFile,
  ],
  variants: [{ name: "dabs", difference: "a line is a sample of 128 ids; validation for testing" }],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findRaw(id, context.raw, forms);
    await checkOfficial(found, context);
    await tokenizeText(
      {
        id,
        place: found.path,
        shape,
        tokenizer: { kind: "word-piece", dataset: id, raw: context.raw },
        parts: [
          { split: "train", file: "wiki.train.tokens", official: 1_165_029 },
          { split: "test", file: "wiki.valid.tokens", official: 2_461 },
        ],
        rows: (listener) =>
          readSplitFiles(
            found,
            [
              { split: "train", separated: "wiki.train.tokens", parquet: "train" },
              { split: "test", separated: "wiki.valid.tokens", parquet: "validation" },
            ],
            { separated: "lines", parquet: ["text"], dropEmpty: true },
            listener,
          ),
      },
      context,
      writer,
    );
    writer.note("The test split is the official validation file, as in DABS");
  },
};
