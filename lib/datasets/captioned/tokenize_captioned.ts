/**
 * Turns pictures with texts into rows of a store.
 *
 * Splits, texts and labels are known before the first image is decoded. The images are decoded on all
 * cores and stored in the order of the files; an image that several samples share is stored once a
 * sample.
 *
 * @module
 */

import { readAll } from "../../formats/bytes/mod.ts";
import { longestImageFile } from "../../formats/image/mod.ts";
import { checkOfficial, entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { appendJobs, type SplitName, type StoreWriter } from "../../store/mod.ts";
import { basename, DataError, MissingError } from "../../util/mod.ts";
import type { DatasetShape, TokenizeContext } from "../dataset.ts";
import { createPicturePool } from "./square_picture.ts";

/** Samples of a split, in reference order. */
export interface CaptionedSamples {
  readonly count: number;
  /** File name of the image of a sample. */
  image(sample: number): string;
  /** Ids of its text. */
  ids(sample: number): Uint16Array<ArrayBuffer>;
  /** Its label, where the task has labels. */
  label(sample: number): number | undefined;
}

/** A split. */
export interface CaptionedSplit {
  readonly split: SplitName;
  /** Archive or folder of its images. */
  readonly images: FoundRaw;
  readonly samples: CaptionedSamples;
}

/** A data set of pictures with texts. */
export interface CaptionedSource {
  /** Id for messages. */
  readonly id: string;
  readonly shape: DatasetShape;
  readonly splits: readonly CaptionedSplit[];
}

const damagedImages = "damaged images";

/**
 * Converts the samples.
 *
 * @throws {MissingError} If an image that a sample names is not there.
 * @throws {DataError} If an image cannot be decoded, or more than one in a thousand is damaged.
 */
export async function tokenizeCaptioned(
  { id, shape, splits }: CaptionedSource,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<void> {
  const wanted = splits.map((part) => ({ ...part, samplesOf: groupByImage(part, context.limit) }));
  for (const { images, samplesOf } of wanted) {
    await checkOfficial(images, context);
    const missing = new Set(samplesOf.keys());
    for (const name of await imageNames(images, context.signal)) missing.delete(name);
    if (missing.size === 0) continue;
    const [example] = missing;
    throw new MissingError(
      `Cannot tokenize "${id}": "${images.path}" lacks ${missing.size} images of ` +
        `${samplesOf.size}, such as "${example}"`,
    );
  }
  writer.declare({
    ...shape,
    layout: "rows",
    columns: [{ dtype: "uint8", divisor: 255 }, { dtype: "uint16" }],
  });
  using pool = createPicturePool();
  const damage = createDamageCount(context);
  let done = 0;
  const total = wanted.reduce((sum, { samplesOf }) => sum + samplesOf.size, 0);
  for (const { split, images, samples, samplesOf } of wanted) {
    const rows = new Uint32Array(Math.min(samples.count, context.limit ?? Infinity));
    const files = listImages(images, samplesOf, context.signal);
    const stored = appendJobs(files, {
      writer,
      depth: 2 * pool.size,
      key: ({ path }) => path,
      read: ({ entry, path: name }) => readAll(entry.chunks(), { name, limit: longestImageFile }),
      run: (bytes, { path: name }) => pool.run({ name, bytes }, [bytes.buffer]),
      append: async ({ values, damaged }, { image }) => {
        for (const sample of samplesOf.get(image)!) {
          await writer.append([values, samples.ids(sample)], samples.label(sample));
        }
        if (damaged) writer.count(damagedImages);
      },
    });
    for await (const { item: { image, path }, row, counts } of stored) {
      for (const [i, sample] of samplesOf.get(image)!.entries()) rows[sample] = row + i;
      if (counts[damagedImages] !== undefined) damage.add(path, total);
      context.progress(++done, total, "images");
    }
    writer.list(split, rows);
  }
  writer.note(
    "Images squeezed to 480 x 640 (wide x high), the middle 480 x 480 of that, resized to 224 x 224 " +
      "as Pillow 13 does; pixels are divided by 255",
  );
}

/** File names of the images in an archive or a folder. */
export async function imageNames(found: FoundRaw, signal: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name } of rawEntries(found)) {
    signal.throwIfAborted();
    names.add(basename(name));
  }
  return names;
}

/** Samples of every image; a trial takes the first samples of a split. */
function groupByImage(
  { samples }: CaptionedSplit,
  limit = Infinity,
): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (let sample = 0; sample < Math.min(samples.count, limit); sample++) {
    const image = samples.image(sample);
    const group = groups.get(image);
    if (group === undefined) groups.set(image, [sample]);
    else group.push(sample);
  }
  return groups;
}

/** The wanted images in the order of the files, up to the last of them. */
async function* listImages(
  found: FoundRaw,
  wanted: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
) {
  const left = new Set(wanted.keys());
  for await (const entry of rawEntries(found)) {
    signal.throwIfAborted();
    const image = basename(entry.name);
    if (!left.delete(image)) continue;
    yield { image, path: entryPath(found, entry), entry };
    if (left.size === 0) return;
  }
}

/** Official data are not free of damage that decoders pass over; more than a little is too much. */
function createDamageCount(context: TokenizeContext) {
  let count = 0;
  return {
    add: (path: string, total: number) => {
      context.warn(`"${path}" is damaged; it is used as it decodes`);
      if (++count > Math.max(1, total / 1000)) {
        throw new DataError(`Cannot decode "${path}": it is damaged inside its pixels`);
      }
    },
  };
}
