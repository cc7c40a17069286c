/**
 * COCO 2017: photos with captions, from the official archives, packed or unpacked, and the task to
 * tell whether a caption belongs to a photo.
 *
 * As in DABS, an image has one caption, the last one of the file, and as its label the category of
 * its last instance; images without an instance are left out. The attention mask is not kept, so
 * padding counts as text. The variants `captions` read no instances and take what images there are:
 * for excerpts, and for trials on a part of the 20 GB.
 *
 * @module
 */

import { basename, DataError } from "../util/mod.ts";
import { type FoundRaw, rawEntries, type RawFile } from "../raw/mod.ts";
import { type CaptionSwap, swapCaptions } from "../reference/mod.ts";
import { openWordPiece, wordPieceFile } from "../text/mod.ts";
import { type Conversion, type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import { readCaptions, readCategories } from "./families/annotations.ts";
import { captionedShape, type CaptionedSplit, convertCaptioned } from "./families/captioned.ts";

const annotations = {
  path: "annotations_trainval2017.zip",
  url: "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
  bytes: 252_907_541,
  sha256: "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
  alternatives: ["annotations"],
};

/** A part of COCO. */
interface Part {
  readonly split: "train" | "test";
  readonly name: string;
  /** Images with an instance. */
  readonly official: number;
  readonly images: RawFile;
}

/** The two parts; the second one is for testing. */
const parts: readonly Part[] = [
  {
    split: "train",
    name: "train2017",
    official: 117_266,
    images: {
      path: "train2017.zip",
      url: "http://images.cocodataset.org/zips/train2017.zip",
      bytes: 19_336_861_798,
      sha256: "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
      alternatives: ["train2017"],
    },
  },
  {
    split: "test",
    name: "val2017",
    official: 4_952,
    images: {
      path: "val2017.zip",
      url: "http://images.cocodataset.org/zips/val2017.zip",
      bytes: 815_585_330,
      sha256: "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
      alternatives: ["val2017"],
    },
  },
];

/** Names of the 80 categories, in the order of the official list. */
// deno-fmt-ignore
const categories = [
  "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
  "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
  "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
  "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
  "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
  "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
  "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant",
  "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
  "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
  "teddy bear", "hair drier", "toothbrush",
];

/** What both data sets say about themselves. */
const facts = {
  domain: "captioned images",
  licence: "CC BY 4.0 for the annotations; images under the terms of those who uploaded them",
  homepage: "https://cocodataset.org",
  citation:
    "T. Lin and others. Microsoft COCO: common objects in context. ECCV (2014); X. Chen and " +
    "others. Microsoft COCO captions. arXiv:1504.00325 (2015)",
  files: [annotations, ...parts.map(({ images }) => images), wordPieceFile],
};

interface CocoVariant extends Variant {
  /**
   * Whether instances are read and images without one left out, as the references do; otherwise all
   * captions are used whose images are there.
   */
  readonly instances: boolean;
}

/** MSCOCO: the label is the category of an object in the photo. */
export const mscoco: Dataset<CocoVariant> = {
  id: "mscoco",
  title: "MSCOCO",
  role: "pretrain",
  summary:
    "122,218 photos with a caption each; the label is the category of one object in the photo.",
  ...facts,
  variants: [
    {
      name: "metamae",
      difference: "photos with an object, labelled; train2017 and val2017",
      shape: captionedShape(singleLabel(categories)),
      instances: true,
    },
    {
      name: "captions",
      difference: "all captions whose photos are there, no labels: for excerpts of the data",
      shape: captionedShape(),
      instances: false,
    },
  ],
  async convert(run) {
    await convertCoco(run, ({ records }) => samplesOf(records));
    run.writer.note("The last caption of every image; images in the order of their first captions");
  },
};

const matchShape = captionedShape({
  kind: "binary",
  classes: 2,
  metric: "accuracy",
  classNames: ["mismatch", "match"],
});

/**
 * Mismatched captions. As in DABS, the captions of about half of the photos are exchanged among
 * them, once for each part, by Python's generator with the seed 42: a number a photo decides, then
 * the exchanged captions move on by one random step.
 */
export const mismatchedCaption: Dataset<CocoVariant> = {
  id: "mismatched-caption",
  title: "Mismatched captions of MSCOCO",
  role: "transfer",
  summary: "122,218 photos with their own caption or another photo's, to be told apart.",
  ...facts,
  variants: [
    {
      name: "metamae",
      difference: "photos with an object; train2017 against val2017",
      shape: matchShape,
      instances: true,
    },
    {
      name: "captions",
      difference: "all captions whose photos are there: for excerpts of the data",
      shape: matchShape,
      instances: false,
    },
  ],
  convert: (run) =>
    convertCoco(run, ({ split, records }) => {
      const swap = swapCaptions(records.length);
      const exchanged = swap.labels.reduce((sum, label) => sum + 1 - label, 0);
      run.writer.note(
        `The split "${split}": ${exchanged} of ${records.length} captions are exchanged`,
      );
      return samplesOf(records, swap);
    }),
};

/** One image with its caption. */
interface CocoRecord {
  readonly image: string;
  readonly caption: string;
  /** Class of its last instance, where instances are read. */
  readonly label: number | undefined;
}

/** The images of a part, in the order of the first captions. */
interface CocoRecords {
  readonly split: Part["split"];
  readonly images: FoundRaw;
  readonly records: readonly CocoRecord[];
}

/** A part whose images were found. */
interface FoundPart extends Omit<Part, "images"> {
  readonly images: FoundRaw;
}

/** Reads the records of both parts and converts what is made of them. */
async function convertCoco(
  run: Conversion<CocoVariant>,
  samplesOf: (part: CocoRecords) => CaptionedSplit["samples"],
): Promise<void> {
  const found = await run.locate(annotations);
  const images = await Promise.all(parts.map(({ images }) => run.locate(images)));
  await run.check(found);
  const records: CocoRecords[] = [];
  for (const [i, part] of parts.entries()) {
    const own = { ...part, images: images[i]! };
    const read = run.variant.instances ? instanceRecords : captionRecords;
    records.push({ split: part.split, images: own.images, records: await read(own, found, run) });
  }
  const tokenizer = await openWordPiece(run.raw, run);
  const splits = records.map((part) => ({ ...part, samples: samplesOf(part) }));
  await convertCaptioned(splits, tokenizer, run);
}

/** The captioned images of a part that have an instance. */
async function instanceRecords(
  { name, official }: FoundPart,
  found: FoundRaw,
  run: Conversion,
): Promise<readonly CocoRecord[]> {
  const fileOf = (kind: string) => ({ dataset: run.id, found, file: `${kind}_${name}.json` });
  const captions = await readCaptions(fileOf("captions"));
  run.signal.throwIfAborted();
  const { classes, names } = await readCategories(fileOf("instances"));
  if (names.length > categories.length) {
    throw new DataError(
      `Cannot use "instances_${name}.json": it has ${names.length} categories, ` +
        `${categories.length} are wanted`,
    );
  }
  const records = recordsOf(captions, classes).filter(({ label }) => label !== undefined);
  const dropped = captions.size - records.length;
  run.writer.count(`images of ${name} without an instance, left out`, dropped);
  const text = `The part "${name}" has ${records.length} images, ${official} in the official files`;
  run.expect(records.length, official, text);
  return records;
}

/** The captioned images of a part that are there. */
async function captionRecords(
  { name, images }: FoundPart,
  found: FoundRaw,
  run: Conversion,
): Promise<readonly CocoRecord[]> {
  const file = `captions_${name}.json`;
  const captions = await readCaptions({ dataset: run.id, found, file });
  const present = new Set<string>();
  for await (const entry of rawEntries(images)) {
    run.signal.throwIfAborted();
    present.add(basename(entry.name));
  }
  const records = recordsOf(captions).filter(({ image }) => present.has(image));
  const dropped = captions.size - records.length;
  if (dropped > 0) {
    run.warn(`${dropped} of ${captions.size} captioned images of "${name}" are not there`);
    run.writer.count(`images of ${name} that are not there`, dropped);
  }
  if (records.length > 0) return records;
  throw new DataError(`Cannot use "${name}": it has none of the ${captions.size} captioned images`);
}

/**
 * Records of captions by the numbers of their images, which in twelve digits are the file names.
 */
function recordsOf(
  captions: ReadonlyMap<number, string>,
  classes?: ReadonlyMap<number, number>,
): readonly CocoRecord[] {
  return Array.from(captions, ([id, caption]) => ({
    image: `${String(id).padStart(12, "0")}.jpg`,
    caption,
    label: classes?.get(id),
  }));
}

/** Samples of records, with captions exchanged if a swap is given. */
function samplesOf(records: readonly CocoRecord[], swap?: CaptionSwap): CaptionedSplit["samples"] {
  return records.map(({ image, label }, i) => ({
    image,
    texts: [records[swap?.source[i] ?? i]!.caption],
    label: swap === undefined ? label : swap.labels[i],
  }));
}
