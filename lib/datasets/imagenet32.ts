/**
 * ImageNet at 32x32 pixels.
 *
 * What MetaMAE calls ImageNet32 is the full ImageNet, each photo squashed to 32x32 pixels. The release of
 * downsampled ImageNet is something else: it was made with another filter and comes without labels.
 *
 * @module
 */

import { checkOfficial, entryPath, findRaw, rawEntries, type RawForm } from "../raw/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import type { StoreWriter } from "../store/mod.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";
import { imagenetCounts, imagenetFiles } from "./images/imagenet_files.ts";
import { imagenetCitation, tokenizeImagenet } from "./images/tokenize_imagenet.ts";
import { formatOf, type ImageFile, storeImages } from "./images/tokenize_images.ts";
import { photoShape } from "./images/variants.ts";

const id = "imagenet32";
const task: TaskSpec = {
  kind: "single-label",
  classes: imagenetCounts.classes,
  metric: "accuracy",
};

const how =
  "Only for the variant downsampled: download it from https://www.image-net.org (registration)";
const downsampled = [
  {
    split: "pretrain",
    path: "train_32x32.tar",
    how,
    bytes: 4_113_018_880,
    sha256: "244a323d48f8d72f65ad8b54658c01fed68d2d7bdc77ccb43da58c11e94224e5",
    images: 1_281_149,
    alternatives: ["train_32x32"],
  },
  {
    split: "validation",
    path: "valid_32x32.tar",
    how,
    bytes: 161_474_560,
    sha256: "862e559462b24cf736212a19f6b0d47b55c2dc8ebdaa95ccecfe71260124c8f7",
    images: 49_999,
    alternatives: ["valid_32x32"],
  },
] as const;

const shapeOf = (variant: string) =>
  variant === "downsampled" ? photoShape(variant) : photoShape(variant, task);

/** ImageNet at 32x32 pixels. */
export const imagenet32: Dataset = {
  id,
  title: "ImageNet32",
  domain: "natural images",
  role: "pretrain",
  summary: "1,281,167 photos of 1,000 classes, squashed to 32x32 pixels.",
  licence: "Research use, by registration",
  homepage: "https://www.image-net.org",
  citation: imagenetCitation,
  files: [
    ...Object.values(imagenetFiles),
    ...downsampled.map(({ split: _, images: __, ...file }) => file),
  ],
  variants: [
    { name: "metamae", difference: "the full ImageNet resized to 32x32 pixels, with labels" },
    {
      name: "downsampled",
      difference: "the release of downsampled ImageNet: another filter, no labels (not published)",
    },
  ],

  shape: shapeOf,

  tokenize: (context, writer) =>
    context.variant === "downsampled"
      ? tokenizeDownsampled(context, writer)
      : tokenizeImagenet({ id, shape: shapeOf(context.variant), context, writer }),
};

/** The release of downsampled ImageNet: a folder of numbered images in each archive. */
async function tokenizeDownsampled(context: TokenizeContext, writer: StoreWriter): Promise<void> {
  const shape = shapeOf(context.variant);
  const found = [];
  for (const { alternatives, ...file } of downsampled) {
    const forms: RawForm[] = [file, ...alternatives.map((path) => ({ path }))];
    found.push({ ...file, raw: await findRaw(id, context.raw, forms) });
  }
  for (const { raw } of found) await checkOfficial(raw, context);
  writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8", divisor: 255 }] });
  const format = formatOf(shape, { dtype: "uint8" });
  for (const { split, raw, images } of found) {
    const limit = Math.min(context.limit ?? Infinity, images);
    const rows: number[] = [];
    const read = readNumbered(raw, limit, context.signal);
    const options = { total: context.limit, context, writer };
    for await (const { row } of storeImages(read, format, options)) rows.push(row);
    if (rows.length !== limit) {
      const text = `"${raw.path}" holds ${rows.length} images, the official one ${images}`;
      context.warn(text);
      writer.note(text);
    }
    writer.list(split, rows);
  }
  writer.note(
    "From the release of downsampled ImageNet, which is not what MetaMAE was trained on; pixels are " +
      "divided by 255 and not normalised further",
  );
}

async function* readNumbered(
  raw: Awaited<ReturnType<typeof findRaw>>,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<ImageFile> {
  let count = 0;
  for await (const entry of rawEntries(raw)) {
    signal.throwIfAborted();
    if (!entry.name.endsWith(".png")) continue;
    if (count++ === limit) return;
    yield { picture: { key: entry.name }, name: entryPath(raw, entry), entry };
  }
}
