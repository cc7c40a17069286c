/**
 * PAWS-X: pairs of sentences with the same words, paraphrases of each other or not, in seven
 * languages, from the official archive or from the Parquet files of the Hugging Face hub.
 *
 * As in DABS, every language is a data set of its own: trained on its (machine-translated) training
 * pairs, tested on its validation pairs.
 *
 * @module
 */

import type { Dataset } from "./conversion/dataset.ts";
import { type SplitColumns, textDataset } from "./families/texts.ts";

const languages = new Map([
  ["en", "English"],
  ["fr", "French"],
  ["es", "Spanish"],
  ["de", "German"],
  ["zh", "Chinese"],
  ["ja", "Japanese"],
  ["ko", "Korean"],
]);

const columns: SplitColumns = {
  separated: ["sentence1", "sentence2", "label"],
  parquet: ["sentence1", "sentence2", "label"],
  dropEmpty: false,
  // The hub marks wrong and missing labels by -1.
  labelOf: (cell) => Number(cell) === -1 ? undefined : ["0", "1"].indexOf(String(cell)),
};

/** PAWS-X, `paws-x-en` to `paws-x-ko`. */
export const pawsX: readonly Dataset[] = Array.from(languages, ([code, name]) =>
  textDataset({
    id: `paws-x-${code}`,
    title: `PAWS-X, ${name}: do two sentences mean the same?`,
    domain: "multilingual text",
    role: "transfer",
    summary: `51,401 pairs of ${name} sentences that share their words.`,
    licence: "Free for any purpose; naming Google as the source is asked for",
    homepage: "https://github.com/google-research-datasets/paws/tree/master/pawsx",
    citation:
      "Y. Yang, Y. Zhang, C. Tar, J. Baldridge. PAWS-X: a cross-lingual adversarial dataset for " +
      "paraphrase identification. EMNLP (2019)",
    files: [{
      path: "x-final.tar.gz",
      url: "https://storage.googleapis.com/paws/pawsx/x-final.tar.gz",
      bytes: 30_282_057,
      sha256: "4146db499101d66e68ae4c8ed3cf9dadecd625f44b7d8cf3d4a0fe93afc4fd9f",
      alternatives: ["x-final", code],
    }],
    difference: "training pairs against validation pairs of the language, 128 ids",
    tokenizer: "xlm-roberta",
    task: {
      kind: "binary",
      classes: 2,
      metric: "accuracy",
      classNames: ["different", "paraphrase"],
    },
    parts: [
      {
        split: "train",
        file: `${code}/${code === "en" ? "train" : "translated_train"}.tsv`,
        parquet: "train",
        parquetFolder: code,
        official: 49_401,
      },
      {
        split: "test",
        file: `${code}/dev_2k.tsv`,
        parquet: "validation",
        parquetFolder: code,
        official: 2_000,
      },
    ],
    columns,
  }));
