/**
 * mC4: pages of web sites in seven languages, from shards of the Hugging Face hub.
 *
 * As in DABS, the languages take turns, page by page in the order of the files, until one of them
 * runs out; nothing is shuffled. The corpus has 13,000 shards and billions of pages, the published
 * run saw 12.8 million: whatever shards are in the raw folder are read, and `--limit` cuts the
 * splits.
 *
 * @module
 */

import { gunzipChunks } from "../formats/archive/mod.ts";
import { openFileSource, readFileChunks } from "../formats/bytes/mod.ts";
import { readParquet } from "../formats/table/mod.ts";
import { readTextLines } from "../formats/text/mod.ts";
import { listFolder, type RawFile } from "../raw/mod.ts";
import { xlmRobertaFile } from "../text/mod.ts";
import { join, parseJson, unreadable } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import {
  convertTexts,
  type TextRow,
  type TextRowListener,
  textVariants,
} from "./families/texts.ts";

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

/** The first shard of every part. */
const firstShards: readonly RawFile[] = languages.flatMap(({ language, ...shards }) =>
  splits.map(([, split]) => {
    const name = languageShard({ language, split }, 0, shards[split]);
    return { path: `${folder}/${name}`, url: `${site}/${name}` };
  })
);

/** mC4 in seven languages. */
export const mc4: Dataset = {
  id: "mc4",
  title: "mC4 in seven languages",
  domain: "multilingual text",
  role: "pretrain",
  summary:
    "Pages of web sites in en, fr, de, zh, es, ja and ko, as many as there are shards; no labels.",
  licence: "ODC-BY 1.0, and the terms of use of Common Crawl",
  homepage: "https://huggingface.co/datasets/allenai/c4",
  citation:
    "L. Xue and others. mT5: a massively multilingual pre-trained text-to-text transformer. " +
    "NAACL (2021)",
  files: [...firstShards, xlmRobertaFile],
  variants: textVariants("xlm-roberta", "the languages take turns, 128 ids a page, not shuffled"),
  async convert(run) {
    const shards = new Map<PagePart["split"], readonly (readonly PageShard[])[]>();
    for (const [, split] of splits) shards.set(split, await shardsOf(split, run));
    await convertTexts({
      place: run.raw ?? ".",
      tokenizer: "xlm-roberta",
      parts: splits.map(([split, name]) => ({ split, file: `c4-*${name}*.json.gz` })),
      rows: (listener) => readTurns(shards, listener),
    }, run);
    const { writer } = run;
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
  run: Conversion,
): Promise<readonly (readonly PageShard[])[]> {
  const raw = run.raw ?? ".";
  const found: (readonly PageShard[])[] = [];
  for (const { language, ...official } of languages) {
    const part = { language, split };
    const inside = await findShards(join(raw, folder), part);
    const shards = inside.length > 0 ? inside : await findShards(raw, part);
    if (shards.length === 0) {
      const path = `${folder}/${languageShard(part, 0, official[split])}`;
      await run.locate(firstShards.find((form) => form.path === path)!);
    }
    const gap = shards.findIndex(({ number }, i) => number !== i);
    if (gap >= 0) {
      run.warn(
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

/** Which files are wanted. */
interface PagePart {
  readonly language: string;
  readonly split: "train" | "validation";
}

/** One shard of a part. */
interface PageShard {
  readonly path: string;
  /** Position among the shards of its part, from 0. */
  readonly number: number;
}

/** Name of a shard in the official layout. */
export function languageShard(
  { language, split }: PagePart,
  number: number,
  shards: number,
): string {
  const suffix = split === "validation" ? "-validation" : "";
  const digits = (value: number) => String(value).padStart(5, "0");
  return `c4-${language}${suffix}.tfrecord-${digits(number)}-of-${digits(shards)}.json.gz`;
}

/**
 * The shards of a part that are in a folder, in their order: files of the official layout, or
 * Parquet files in a folder such as `en/train` or `en/partial-train`.
 */
export async function findShards(folder: string, part: PagePart): Promise<readonly PageShard[]> {
  const official = languageShard(part, 0, 0).replace("00000-of-00000", "(\\d{5})-of-\\d{5}");
  const shards = await matching(folder, new RegExp(`^${official.replaceAll(".", "\\.")}$`));
  for (const name of [part.split, `partial-${part.split}`]) {
    if (shards.length > 0) break;
    const parquet = /^(?:\w+-)?(\d{4,5})(?:-of-\d{5})?\.parquet$/;
    shards.push(...await matching(join(folder, part.language, name), parquet));
  }
  return shards.sort((a, b) => a.number - b.number);
}

async function matching(folder: string, pattern: RegExp): Promise<PageShard[]> {
  const names = await listFolder(folder);
  return names.flatMap((name) => {
    const match = pattern.exec(name);
    return match === null ? [] : [{ path: join(folder, name), number: Number(match[1]) }];
  });
}

/**
 * Texts of the pages in the order of the shards.
 *
 * @throws {DataError} If a shard is damaged or cut off, or a page has no text.
 */
export async function* readPages(shards: readonly PageShard[]): AsyncGenerator<string> {
  for (const { path } of shards) {
    yield* path.endsWith(".parquet") ? readParquetPages(path) : readJsonPages(path);
  }
}

async function* readJsonPages(path: string): AsyncGenerator<string> {
  const lines = readTextLines(gunzipChunks(readFileChunks(path), { name: path }), {
    name: path,
    ends: "lf",
  });
  for await (const { text, number } of lines) {
    const page = parseJson(text, `line ${number} of "${path}"`);
    const isPage = page !== null && typeof page === "object" && "text" in page;
    if (!isPage || typeof page.text !== "string") {
      throw unreadable(path, `line ${number} is no object with a "text"`);
    }
    yield page.text;
  }
}

async function* readParquetPages(path: string): AsyncGenerator<string> {
  await using source = await openFileSource(path);
  let row = 0;
  for await (const [text] of readParquet(source, { columns: ["text"] })) {
    if (typeof text !== "string") {
      throw unreadable(path, `row ${row} has no text`);
    }
    row++;
    yield text;
  }
}
