/**
 * COCO 2017 as MSCOCO and the mismatched captions use it: files, records, samples.
 *
 * @module
 */

import { checkOfficial, findRaw, type FoundRaw, type RawForm } from "../../raw/mod.ts";
import type { CaptionSwap } from "../../reference/mod.ts";
import type { StoreWriter } from "../../store/mod.ts";
import { type TextTokenizer, wordPieceFile } from "../../text/mod.ts";
import { DataError } from "../../util/mod.ts";
import type { RawFile, TokenizeContext } from "../dataset.ts";
import { readCaptions, readCategories } from "./annotations.ts";
import { captionLength } from "./shape.ts";
import { type CaptionedSamples, imageNames } from "./tokenize_captioned.ts";

const annotationForms: readonly RawForm[] = [
  {
    path: "annotations_trainval2017.zip",
    url: "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
    bytes: 252_907_541,
    sha256: "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
  },
  { path: "annotations" },
];

/** The two parts; the second one is for testing. */
export const cocoParts = [
  {
    split: "train",
    name: "train2017",
    official: 117_266,
    forms: [
      {
        path: "train2017.zip",
        url: "http://images.cocodataset.org/zips/train2017.zip",
        bytes: 19_336_861_798,
        sha256: "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
      },
      { path: "train2017" },
    ],
  },
  {
    split: "test",
    name: "val2017",
    official: 4_952,
    forms: [
      {
        path: "val2017.zip",
        url: "http://images.cocodataset.org/zips/val2017.zip",
        bytes: 815_585_330,
        sha256: "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
      },
      { path: "val2017" },
    ],
  },
] as const;

/** Files of the official distribution. */
export const cocoFiles: readonly RawFile[] = [
  ...[annotationForms, ...cocoParts.map(({ forms }) => forms as readonly RawForm[])]
    .map(([main, ...others]) => ({ ...main!, alternatives: others.map(({ path }) => path) })),
  wordPieceFile,
];

/** What both data sets say about themselves. */
export const cocoCredits = {
  licence: "CC BY 4.0 for the annotations; images under the terms of those who uploaded them",
  homepage: "https://cocodataset.org",
  citation:
    "T. Lin and others. Microsoft COCO: common objects in context. ECCV (2014); X. Chen and others. " +
    "Microsoft COCO captions. arXiv:1504.00325 (2015)",
} as const;

/** Names of the 80 categories, in the order of the official list. */
// deno-fmt-ignore
export const cocoCategories: readonly string[] = [
  "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
  "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse",
  "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie",
  "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove",
  "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon",
  "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut",
  "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse",
  "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
  "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
];

/** One image with its caption. */
export interface CocoRecord {
  readonly image: string;
  readonly caption: string;
  /** Class of its last instance, where instances are read. */
  readonly label: number | undefined;
}

/** One part of COCO. */
export interface CocoPart {
  readonly split: "train" | "test";
  readonly images: FoundRaw;
  /** In the order of the first captions. */
  readonly records: readonly CocoRecord[];
}

/** Options of {@linkcode readCoco}. */
export interface CocoOptions {
  /**
   * Whether instances are read and images without one left out, as the references do; otherwise all
   * captions are used whose images are there.
   */
  readonly instances: boolean;
}

/**
 * Reads the records of both parts.
 *
 * @param dataset Id for messages.
 * @throws {MissingError} If a raw file is not there.
 * @throws {DataError} If an annotation file is damaged.
 */
export async function readCoco(
  dataset: string,
  { instances }: CocoOptions,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<readonly CocoPart[]> {
  const found = await findRaw(dataset, context.raw, annotationForms);
  const images = await Promise.all(
    cocoParts.map(({ forms }) => findRaw<RawForm>(dataset, context.raw, forms)),
  );
  await checkOfficial(found, context);
  const parts: CocoPart[] = [];
  for (const [i, { split, name, official }] of cocoParts.entries()) {
    const fileOf = (kind: string) => ({ dataset, found, file: `${kind}_${name}.json` });
    const captions = await readCaptions(fileOf("captions"));
    context.signal.throwIfAborted();
    const part = { split, images: images[i]! };
    if (!instances) {
      const names = await imageNames(part.images, context.signal);
      parts.push({ ...part, records: captionRecords(captions, names, name, context, writer) });
      continue;
    }
    const { classes, names } = await readCategories(fileOf("instances"));
    if (names.length > cocoCategories.length) {
      throw new DataError(
        `Cannot use "instances_${name}.json": it has ${names.length} categories, ` +
          `${cocoCategories.length} are wanted`,
      );
    }
    const records = Array.from(captions, ([id, caption]) => ({
      image: imageName(id),
      caption,
      label: classes.get(id),
    })).filter(({ label }) => label !== undefined);
    const dropped = captions.size - records.length;
    writer.count(`images of ${name} without an instance, left out`, dropped);
    if (records.length !== official) {
      const text =
        `The part "${name}" has ${records.length} images, ${official} in the official files`;
      context.warn(text);
      writer.note(text);
    }
    parts.push({ ...part, records });
  }
  return parts;
}

function captionRecords(
  captions: ReadonlyMap<number, string>,
  names: ReadonlySet<string>,
  part: string,
  context: TokenizeContext,
  writer: StoreWriter,
): readonly CocoRecord[] {
  const records = Array.from(captions, ([id, caption]) => ({
    image: imageName(id),
    caption,
    label: undefined,
  })).filter(({ image }) => names.has(image));
  const dropped = captions.size - records.length;
  if (dropped > 0) {
    context.warn(`${dropped} of ${captions.size} captioned images of "${part}" are not there`);
    writer.count(`images of ${part} that are not there`, dropped);
  }
  if (records.length > 0) return records;
  throw new DataError(`Cannot use "${part}": it has none of the ${captions.size} captioned images`);
}

/** File name of an image: its number in twelve digits. */
function imageName(id: number): string {
  return `${String(id).padStart(12, "0")}.jpg`;
}

/** Samples of records, with captions exchanged if a swap is given. */
export function cocoSamples(
  records: readonly CocoRecord[],
  tokenizer: TextTokenizer,
  swap?: CaptionSwap,
): CaptionedSamples {
  return {
    count: records.length,
    image: (sample) => records[sample]!.image,
    ids: (sample) => {
      const { caption } = records[swap === undefined ? sample : swap.source[sample]!]!;
      return Uint16Array.from(tokenizer.encode([caption], captionLength));
    },
    label: (sample) => swap === undefined ? records[sample]!.label : swap.labels[sample],
  };
}
