/**
 * Turns the images of a data set into rows of a store.
 *
 * The files are passed over twice. First only their names and the few lists are read, so that splits,
 * labels and missing files are known before hours of decoding, and a trial of a few samples decodes only
 * these. Then the images are decoded on all cores and stored in the order of the files.
 *
 * @module
 */

import type { ArchiveEntry } from "../../formats/archive/mod.ts";
import { readAll } from "../../formats/bytes/mod.ts";
import { longestImageFile } from "../../formats/image/mod.ts";
import { checkOfficial, entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { appendJobs, type ColumnOptions, type StoreWriter } from "../../store/mod.ts";
import { DataError, MissingError } from "../../util/mod.ts";
import type { DatasetShape, TokenizeContext } from "../dataset.ts";
import { createPixelsPool, type PixelsFormat } from "./pixels.ts";
import { limitSplits, type Picture, type PicturePlan } from "./plan.ts";
import type { TextFile } from "./text_lines.ts";

/** An image data set. */
export interface ImageSource {
  /** Id for messages. */
  readonly id: string;
  readonly shape: DatasetShape;
  /** How values are stored; 8 bits, divided by 255, if left out. */
  readonly column?: ColumnOptions;
  /** Archives or folders that hold the images. */
  readonly found: readonly FoundRaw[];
  /** Key of an image by its path in the archive; undefined for other files. */
  keyOf(path: string): string | undefined;
  /** Name of a list that {@linkcode plan} needs, by its path; undefined for others. */
  textOf?(path: string): string | undefined;
  /** Decides splits and labels. */
  plan(files: ImageFiles): PicturePlan;
  /** Workers that decode; one a core unless a test says otherwise. */
  readonly workers?: number;
}

/** What is there. */
export interface ImageFiles {
  /** Keys of the images, in the order of the files. */
  readonly keys: readonly string[];
  /**
   * A list by its name.
   *
   * @throws {MissingError} If it is not there.
   */
  text(name: string): TextFile;
}

/** An image that is to be stored. */
export interface ImageFile {
  readonly picture: Picture;
  /** Name for messages. */
  readonly name: string;
  readonly entry: ArchiveEntry;
}

const fewImages = 32;
const damagedImages = "damaged images";
/** Longest list: more than four times the largest official one. */
const longestText = 2 ** 28;

/**
 * Converts the images that the plan asks for.
 *
 * @throws {MissingError} If a list is not there, or an image that a split names.
 * @throws {DataError} If a file is damaged.
 */
export async function tokenizeImages(
  source: ImageSource,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<void> {
  for (const found of source.found) await checkOfficial(found, context);
  const files = await listFiles(source, context);
  const { splits, counts, notes } = source.plan(files);
  for (const { what, found, official } of counts) {
    if (found === official) continue;
    const text = `The files hold ${found} ${what}, the official ones ${official}`;
    context.warn(text);
    writer.note(text);
  }
  const limited = limitSplits(splits, context.limit);
  const wanted = new Map<string, Picture>();
  for (const pictures of limited.values()) {
    for (const picture of pictures) wanted.set(picture.key, picture);
  }
  checkPresent(source, wanted, files.keys);

  const { shape, column = { dtype: "uint8", divisor: 255 } } = source;
  writer.declare({ ...shape, layout: "rows", columns: [column] });
  const rows = new Map<string, number>();
  const images = readWanted(source, wanted, context.signal);
  const options = { total: wanted.size, workers: source.workers, context, writer };
  for await (const { key, row } of storeImages(images, formatOf(shape, column), options)) {
    rows.set(key, row);
  }
  for (const [split, pictures] of limited) {
    writer.list(split, Uint32Array.from(pictures, ({ key }) => rows.get(key)!));
  }
  for (const note of notes) writer.note(note);
}

/** How the values of a row come from a file. */
export function formatOf(
  { inputs: [input] }: DatasetShape,
  { dtype }: ColumnOptions,
): PixelsFormat {
  if (input?.kind !== "image") throw new TypeError("The data set is none of images");
  const { channels, width, height } = input;
  return { kind: dtype === "uint16" ? "bands" : "colour", channels, width, height };
}

/** Options of {@linkcode storeImages}. */
export interface StoreImagesOptions {
  /** Number of images, where it is known before they are read. */
  readonly total?: number | undefined;
  /** Workers that decode; one a core if left out. */
  readonly workers?: number | undefined;
  readonly context: TokenizeContext;
  readonly writer: StoreWriter;
}

/** An image that was stored. */
export interface StoredImage {
  readonly key: string;
  readonly row: number;
}

/**
 * Decodes images on all cores and appends them in order.
 *
 * Of a thousand images one may hold damage that decoders pass over: official data are not free of it.
 *
 * @throws {DataError} If an image cannot be decoded, or too many are damaged.
 */
export async function* storeImages(
  images: AsyncIterable<ImageFile>,
  format: PixelsFormat,
  { total = Infinity, workers, context, writer }: StoreImagesOptions,
): AsyncGenerator<StoredImage> {
  // A few images are decoded sooner than workers start.
  using pool = createPixelsPool({ workers: workers ?? (total < fewImages ? 0 : undefined) });
  const stored = appendJobs(images, {
    writer,
    depth: 2 * pool.size,
    key: ({ name }) => name,
    read: ({ entry, name }) => readAll(entry.chunks(), { name, limit: longestImageFile }),
    run: (bytes, { name, picture: { box } }) =>
      pool.run({ name, bytes, box, format }, [bytes.buffer]),
    append: async ({ values, damaged }, { picture }) => {
      if (damaged) writer.count(damagedImages);
      await writer.append([values], picture.label);
    },
  });
  let done = 0;
  const damagedNames: string[] = [];
  const checkDamage = (among: number) => {
    if (damagedNames.length <= among / 1000) return;
    throw new DataError(`Cannot decode "${damagedNames[0]}": it is damaged inside its pixels`);
  };
  for await (const { item: { picture, name }, row, counts } of stored) {
    if (counts[damagedImages] !== undefined) {
      damagedNames.push(name);
      checkDamage(total);
      context.warn(`"${name}" is damaged; it is used as it decodes`);
    }
    context.progress(++done, Number.isFinite(total) ? total : undefined, "images");
    yield { key: picture.key, row };
  }
  checkDamage(done);
}

/** Reads the names of all files, and the few lists. */
async function listFiles(source: ImageSource, context: TokenizeContext): Promise<ImageFiles> {
  const keys: string[] = [];
  const texts = new Map<string, TextFile>();
  for (const found of source.found) {
    for await (const entry of rawEntries(found)) {
      context.signal.throwIfAborted();
      const key = source.keyOf(entry.name);
      if (key !== undefined) keys.push(key);
      const name = source.textOf?.(entry.name);
      if (name !== undefined) {
        const path = entryPath(found, entry);
        const bytes = await readAll(entry.chunks(), { name: path, limit: longestText });
        texts.set(name, { path, text: new TextDecoder().decode(bytes) });
      }
      if (keys.length % 1000 === 999) context.progress(keys.length, undefined, "file names");
    }
  }
  return {
    keys,
    text(name) {
      const text = texts.get(name);
      if (text !== undefined) return text;
      throw new MissingError(
        `Cannot tokenize "${source.id}": ${placesOf(source)} lacks the list "${name}"`,
      );
    },
  };
}

function checkPresent(
  source: ImageSource,
  wanted: ReadonlyMap<string, Picture>,
  keys: readonly string[],
): void {
  const present = new Set(keys);
  const missing = [...wanted.keys()].filter((key) => !present.has(key));
  if (missing.length === 0) return;
  throw new MissingError(
    `Cannot tokenize "${source.id}": ${placesOf(source)} lacks ${missing.length} ` +
      `${missing.length === 1 ? "image" : "images"} that the splits name, such as "${missing[0]}"`,
  );
}

const placesOf = ({ found }: ImageSource) => found.map(({ path }) => `"${path}"`).join(", ");

/** Reads the files of the wanted images, and stops at the last of them. */
async function* readWanted(
  source: ImageSource,
  wanted: ReadonlyMap<string, Picture>,
  signal: AbortSignal,
): AsyncGenerator<ImageFile> {
  const left = new Set(wanted.keys());
  for (const found of source.found) {
    if (left.size === 0) return;
    for await (const entry of rawEntries(found)) {
      signal.throwIfAborted();
      const key = source.keyOf(entry.name);
      if (key === undefined || !left.delete(key)) continue;
      yield { picture: wanted.get(key)!, name: entryPath(found, entry), entry };
      if (left.size === 0) return;
    }
  }
}
