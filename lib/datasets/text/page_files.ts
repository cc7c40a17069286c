/**
 * The files of mC4: pages of web sites, many shards for each language, as JSON lines or as Parquet.
 *
 * @module
 */

import { gunzipChunks } from "../../formats/archive/mod.ts";
import { openFileSource, readFileChunks } from "../../formats/bytes/mod.ts";
import { readParquet } from "../../formats/table/mod.ts";
import { readTextLines } from "../../formats/text/mod.ts";
import { listFolder } from "../../raw/mod.ts";
import { DataError, join, parseJson } from "../../util/mod.ts";

/** Which files are wanted. */
export interface PagePart {
  readonly language: string;
  readonly split: "train" | "validation";
}

/** One shard of a part. */
export interface PageShard {
  readonly path: string;
  /** Position among the shards of its part, from 0. */
  readonly number: number;
}

/** Name of a shard in the official layout. */
export function shardName({ language, split }: PagePart, number: number, shards: number): string {
  const suffix = split === "validation" ? "-validation" : "";
  const digits = (value: number) => String(value).padStart(5, "0");
  return `c4-${language}${suffix}.tfrecord-${digits(number)}-of-${digits(shards)}.json.gz`;
}

/**
 * The shards of a part that are in a folder, in their order: files of the official layout, or Parquet
 * files in a folder such as `en/train` or `en/partial-train`.
 */
export async function findShards(folder: string, part: PagePart): Promise<readonly PageShard[]> {
  const official = shardName(part, 0, 0).replace("00000-of-00000", "(\\d{5})-of-\\d{5}");
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
      throw new DataError(`Cannot read "${path}": line ${number} is no object with a "text"`);
    }
    yield page.text;
  }
}

async function* readParquetPages(path: string): AsyncGenerator<string> {
  await using source = await openFileSource(path);
  let row = 0;
  for await (const [text] of readParquet(source, { columns: ["text"] })) {
    if (typeof text !== "string") {
      throw new DataError(`Cannot read "${path}": row ${row} has no text`);
    }
    row++;
    yield text;
  }
}
