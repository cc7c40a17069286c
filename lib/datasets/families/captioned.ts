/**
 * Data sets of pictures with texts. An image that several samples share is stored once a sample.
 *
 * @module
 */

import { longestImageFile } from "../../formats/image/mod.ts";
import type { FoundRaw } from "../../raw/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import type { SplitName } from "../../documents/mod.ts";
import { type TextTokenizer, wordPieceCount } from "../../text/mod.ts";
import { basename, MissingError } from "../../util/mod.ts";
import {
  byteColumn,
  convertFiles,
  type FileSample,
  limitSplits,
} from "../conversion/convert_files.ts";
import type { Conversion, DatasetShape } from "../conversion/dataset.ts";
import { squareSide } from "../conversion/media.ts";

/** Ids of the text of a sample. */
const captionLength = 32;

/** A picture of 224 x 224 in patches of 16, and 32 word pieces. */
export function captionedShape(task?: TaskSpec): DatasetShape {
  return {
    inputs: [
      { kind: "image", channels: 3, height: squareSide, width: squareSide, patch: 16 },
      { kind: "tokens", vocabulary: wordPieceCount, length: captionLength },
    ],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize: 64 },
  };
}

/** A sample. */
export interface CaptionedSample {
  /** File name of its image. */
  readonly image: string;
  /** One text, or the two of a pair. */
  readonly texts: readonly string[];
  readonly label?: number | undefined;
}

/** A split. */
export interface CaptionedSplit {
  readonly split: SplitName;
  /** Archive or folder of its images. */
  readonly images: FoundRaw;
  /** In reference order. */
  readonly samples: readonly CaptionedSample[];
}

/** A sample and the key of its image, which tells the archive too. */
interface KeyedSample extends CaptionedSample, FileSample {
  readonly label?: number | undefined;
}

/**
 * Converts the samples; their splits, texts and labels are known before the first image is decoded.
 *
 * @throws {MissingError} If an image that a sample names is not there.
 * @throws {DataError} If an image cannot be decoded, or more than one in a thousand is damaged.
 */
export async function convertCaptioned(
  parts: readonly CaptionedSplit[],
  tokenizer: TextTokenizer,
  run: Conversion,
): Promise<void> {
  const splits: Partial<Record<SplitName, readonly KeyedSample[]>> = {};
  for (const [place, { split, samples }] of parts.entries()) {
    splits[split] = samples.map((sample) => ({ ...sample, key: `${place}/${sample.image}` }));
  }
  await convertFiles(
    {
      found: parts.map(({ images }) => images),
      keyOf: (path, place) => `${place}/${basename(path)}`,
    },
    ({ keys }) => {
      const limited = limitSplits(splits, run.limit);
      const present = new Set(keys);
      for (const part of parts) checkImages(part, limited.get(part.split)!, present, run);
      return { splits, notes: [pictureNote] };
    },
    {
      what: "images",
      longest: longestImageFile,
      format: () => ({ kind: "square" }),
      same: (one, other) => one === other,
      beside: ({ texts }) => [Uint16Array.from(tokenizer.encode(texts, captionLength))],
      mostDamaged: (images) => Math.max(1, images / 1000),
      columns: [byteColumn, { dtype: "uint16" }],
    },
    run,
  );
}

const pictureNote =
  "Images squeezed to 480 x 640 (wide x high), the middle 480 x 480 of that, resized to 224 x " +
  "224 as Pillow 13 does; pixels are divided by 255";

function checkImages(
  { images }: CaptionedSplit,
  samples: readonly KeyedSample[],
  present: ReadonlySet<string>,
  { id }: Conversion,
): void {
  const wanted = new Map(samples.map(({ key, image }) => [key, image]));
  const missing = [...wanted].filter(([key]) => !present.has(key)).map(([, image]) => image);
  if (missing.length === 0) return;
  throw new MissingError(
    `Cannot tokenize "${id}": "${images.path}" lacks ${missing.length} images of ${wanted.size}, ` +
      `such as "${missing[0]}"`,
  );
}
