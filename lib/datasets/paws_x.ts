/**
 * PAWS-X: pairs of sentences with the same words, paraphrases of each other or not, in seven
 * languages, from the official archive or from the Parquet files of the Hugging Face hub.
 *
 * As in DABS, every language is a data set of its own: trained on its (machine-translated) training
 * pairs, tested on its validation pairs.
 *
 * @module
 */

import { checkOfficial, findRaw, type RawForm } from "../raw/mod.ts";
import { xlmRobertaCount, xlmRobertaFile } from "../text/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import { readSplitFiles, type SplitColumns } from "./text/split_files.ts";
import { tokenizeText } from "./text/tokenize_text.ts";

const languages = new Map([
  ["en", "English"],
  ["fr", "French"],
  ["es", "Spanish"],
  ["de", "German"],
  ["zh", "Chinese"],
  ["ja", "Japanese"],
  ["ko", "Korean"],
]);

const archive: RawForm = {
  path: "x-final.tar.gz",
  url: "https://storage.googleapis.com/paws/pawsx/x-final.tar.gz",
  bytes: 30_282_057,
  sha256: "4146db499101d66e68ae4c8ed3cf9dadecd625f44b7d8cf3d4a0fe93afc4fd9f",
};

const shape: DatasetShape = {
  inputs: [{ kind: "tokens", vocabulary: xlmRobertaCount, length: 128 }],
  task: {
    kind: "binary",
    classes: 2,
    metric: "accuracy",
    classNames: ["different", "paraphrase"],
  },
  defaults: { batchSize: 128 },
};

const columns: SplitColumns = {
  separated: ["sentence1", "sentence2", "label"],
  parquet: ["sentence1", "sentence2", "label"],
  dropEmpty: false,
  // The hub marks wrong and missing labels by -1.
  labelOf: (cell) => Number(cell) === -1 ? undefined : ["0", "1"].indexOf(String(cell)),
};

/** PAWS-X, `paws-x-en` to `paws-x-ko`. */
export const pawsX: readonly Dataset[] = Array.from(
  languages,
  ([code, name]) => pawsXDataset(code, name),
);

function pawsXDataset(code: string, name: string): Dataset {
  const id = `paws-x-${code}`;
  const forms = [archive, { path: "x-final" }, { path: code }];
  const trainFile = `${code}/${code === "en" ? "train" : "translated_train"}.tsv`;
  const testFile = `${code}/dev_2k.tsv`;
  return {
    id,
    title: `PAWS-X, ${name}: do two sentences mean the same?`,
    domain: "multilingual text",
    role: "transfer",
    summary: `51,401 pairs of ${name} sentences that share their words.`,
    licence: "Free for any purpose; naming Google as the source is asked for",
    homepage: "https://github.com/google-research-datasets/paws/tree/master/pawsx",
    citation:
      "Y. Yang, Y. Zhang, C. Tar, J. Baldridge. PAWS-X: a cross-lingual adversarial dataset for " +
      "paraphrase identification. EMNLP (2019)",
    files: [
      { ...archive, alternatives: forms.slice(1).map(({ path }) => path) },
      xlmRobertaFile,
    ],
    variants: [{
      name: "dabs",
      difference: "training pairs against validation pairs of the language, 128 ids",
    }],

    shape: () => shape,

    async tokenize(context, writer) {
      const found = await findRaw(id, context.raw, forms);
      await checkOfficial(found, context);
      await tokenizeText(
        {
          id,
          place: found.path,
          shape,
          tokenizer: { kind: "xlm-roberta", dataset: id, raw: context.raw },
          parts: [
            { split: "train", file: trainFile, official: 49_401 },
            { split: "test", file: testFile, official: 2_000 },
          ],
          rows: (listener) =>
            readSplitFiles(
              found,
              [
                { split: "train", separated: trainFile, parquet: "train", parquetFolder: code },
                { split: "test", separated: testFile, parquet: "validation", parquetFolder: code },
              ],
              columns,
              listener,
            ),
        },
        context,
        writer,
      );
      writer.note("The test split is the official validation file, as in DABS");
    },
  };
}
