/**
 * mC4: pages of web sites in seven languages, from shards of the Hugging Face hub.
 *
 * As in DABS, the languages take turns, page by page in the order of the files, until one of them
 * runs out; nothing is shuffled. The corpus has 13,000 shards and billions of pages, the published run
 * saw 12.8 million: whatever shards are in the raw folder are read, and `--limit` cuts the splits.
 *
 * @module
 */

import { findRaw, type RawForm } from "../raw/mod.ts";
import { xlmRobertaCount, xlmRobertaFile } from "../text/mod.ts";
import { join } from "../util/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";
import {
  findShards,
  type PagePart,
  type PageShard,
  readPages,
  shardName,
} from "./text/page_files.ts";
import { type TextRow, type TextRowListener, tokenizeText } from "./text/tokenize_text.ts";

const id = "mc4";
const folder = "multilingual";
const site = "https://huggingface.co/datasets/allenai/c4/resolve/main/multilingual";

/** The languages in the order in which they take turns, with their official numbers of shards. */
const languages = [
  { language: "en", train: 11_264, validation: 128 },
  { language: "fr", train: 2_048, validation: 16 },
  { language: "de", train: 2_048, validation: 16 },
  { language: "zh", train: 1_024, validation: 2 },
  { language: "es", train: 2_048, validation: 16 },
  { language: "ja", train: 1_024, validation: 8 },
  { language: "ko", train: 1_024, validation: 1 },
] as const;

/** The splits of a store and what they are called in the files. */
const splits = [["train", "train"], ["test", "validation"]] as const;

const shape: DatasetShape = {
  inputs: [{ kind: "tokens", vocabulary: xlmRobertaCount, length: 128 }],
  defaults: { batchSize: 128 },
};

/** The first shard of every part. */
const firstShards: readonly RawForm[] = languages.flatMap(({ language, ...shards }) =>
  splits.map(([, split]) => {
    const name = shardName({ language, split }, 0, shards[split]);
    return { path: `${folder}/${name}`, url: `${site}/${name}` };
  })
);

/** mC4 in seven languages. */
export const mc4: Dataset = {
  id,
  title: "mC4 in seven languages",
  domain: "multilingual text",
  role: "pretrain",
  summary:
    "Pages of web sites in en, fr, de, zh, es, ja and ko, as many as there are shards; no labels.",
  licence: "ODC-BY 1.0, and the terms of use of Common Crawl",
  homepage: "https://huggingface.co/datasets/allenai/c4",
  citation:
    "L. Xue and others. mT5: a massively multilingual pre-trained text-to-text transformer. NAACL (2021)",
  files: [...firstShards, xlmRobertaFile],
  variants: [{
    name: "dabs",
    difference: "the languages take turns, 128 ids a page, not shuffled",
  }],

  shape: () => shape,

  async tokenize(context, writer) {
    const shards = new Map<PagePart["split"], readonly (readonly PageShard[])[]>();
    for (const [, split] of splits) shards.set(split, await shardsOf(split, context));
    await tokenizeText(
      {
        id,
        place: context.raw ?? ".",
        shape,
        tokenizer: { kind: "xlm-roberta", dataset: id, raw: context.raw },
        parts: splits.map(([split, name]) => ({ split, file: `c4-*${name}*.json.gz` })),
        rows: (listener) => readTurns(shards, listener),
      },
      context,
      writer,
    );
    writer.note("Languages in turn: en, fr, de, zh, es, ja, ko; pages in file order, not shuffled");
    writer.note("The test split is the official validation part, as in DABS");
    for (const [name, parts] of shards) {
      const counts = languages.map(({ language }, i) => `${language} ${parts[i]!.length}`);
      writer.note(`Shards of the ${name} part: ${counts.join(", ")}`);
    }
  },
};

/**
 * The shards of every language that are there.
 *
 * @throws {MissingError} If a language has none.
 */
async function shardsOf(
  split: PagePart["split"],
  context: TokenizeContext,
): Promise<readonly (readonly PageShard[])[]> {
  const raw = context.raw ?? ".";
  const found: (readonly PageShard[])[] = [];
  for (const { language, ...official } of languages) {
    const part = { language, split };
    const inside = await findShards(join(raw, folder), part);
    const shards = inside.length > 0 ? inside : await findShards(raw, part);
    if (shards.length === 0) {
      const path = `${folder}/${shardName(part, 0, official[split])}`;
      await findRaw(id, raw, firstShards.filter((form) => form.path === path));
    }
    const gap = shards.findIndex(({ number }, i) => number !== i);
    if (gap >= 0) {
      context.warn(
        `Shard ${gap} of the ${split} part in "${language}" is missing; the reference reads the ` +
          "shards from the first one on",
      );
    }
    found.push(shards);
  }
  return found;
}

/** Pages of all languages in turn, first for training. */
async function* readTurns(
  shards: ReadonlyMap<PagePart["split"], readonly (readonly PageShard[])[]>,
  listener: TextRowListener,
): AsyncGenerator<TextRow> {
  for (const [split, name] of splits) {
    listener.open(split);
    const pages = shards.get(name)!.map((own) => readPages(own));
    try {
      for (let turn = 0; !listener.full(split); turn = (turn + 1) % pages.length) {
        const { done, value } = await pages[turn]!.next();
        if (done) break;
        yield { split, texts: [value] };
      }
    } finally {
      for (const page of pages) await page.return(undefined);
    }
  }
}
