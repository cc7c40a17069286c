/**
 * Turns ImageNet into rows of a store, at any size.
 *
 * @module
 */

import type { StoreWriter } from "../../store/mod.ts";
import type { DatasetShape, TokenizeContext } from "../dataset.ts";
import {
  findImagenet,
  imagenetCounts,
  readTrainImages,
  readValidationImages,
} from "./imagenet_files.ts";
import { formatOf, type ImageFile, storeImages } from "./tokenize_images.ts";
import { photoNote } from "./variants.ts";

/** Citation of ImageNet. */
export const imagenetCitation =
  "O. Russakovsky, J. Deng, H. Su, et al. ImageNet large scale visual recognition challenge. " +
  "IJCV 115 (2015)";

/** What is converted. */
export interface ImagenetOptions {
  /** Id for messages. */
  readonly id: string;
  readonly shape: DatasetShape;
  readonly context: TokenizeContext;
  readonly writer: StoreWriter;
}

/**
 * Stores the training images and, where they are there, the validation images as test split. Splits are
 * ordered by label and file name, as folders are read by torchvision.
 *
 * @throws {MissingError} If there are no training images, or no development kit for validation images
 * that are not sorted into folders.
 * @throws {DataError} If a file is damaged.
 */
export async function tokenizeImagenet(options: ImagenetOptions): Promise<void> {
  const { id, shape, context, writer } = options;
  const parts = await findImagenet(id, context);
  writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8", divisor: 255 }] });
  const { limit = Infinity, signal } = context;
  const trainImages = take(readTrainImages(parts, signal), limit);
  const train = await storeSorted(trainImages, options, "by class");
  const validationImages = take(readValidationImages(id, parts, context), limit);
  const validation = await storeSorted(validationImages, options, "mixed");
  const counts = [
    ["classes", parts.classes.length, imagenetCounts.classes],
    ["training images", train.length, Math.min(limit, imagenetCounts.train)],
    ["validation images", validation.length, Math.min(limit, imagenetCounts.validation)],
  ] as const;
  for (const [what, found, official] of counts) {
    if (found === official) continue;
    const text = `The files hold ${found} ${what}, the official ones ${official}`;
    context.warn(text);
    writer.note(text);
  }
  writer.list("train", train);
  if (validation.length > 0) writer.list("test", validation);
  writer.note("Split as shipped: training images, and validation images for testing");
  writer.note(photoNote);
}

/** The first items. */
async function* take<Item>(items: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let left = limit;
  for await (const item of items) {
    if (left-- <= 0) return;
    yield item;
    if (left <= 0) return;
  }
}

/** Images of one class, whose names are needed until they are sorted. */
type NamedRow = readonly [name: string, row: number];

/**
 * Stores images and gives their rows, ordered by label and name; their keys tell both. Of classes that
 * come one after the other, only the current one's names are kept.
 */
async function storeSorted(
  images: AsyncIterable<ImageFile>,
  { shape, context, writer }: ImagenetOptions,
  order: "by class" | "mixed",
): Promise<Uint32Array<ArrayBuffer>> {
  const sorted: Uint32Array[] = [];
  const open = new Map<number, NamedRow[]>();
  const close = () => {
    for (const [label, named] of open) {
      named.sort(([a], [b]) => a < b ? -1 : 1);
      sorted[label] = Uint32Array.from(named, ([, row]) => row);
    }
    open.clear();
  };
  const format = formatOf(shape, { dtype: "uint8" });
  for await (
    const { key, row } of storeImages(images, format, { total: context.limit, context, writer })
  ) {
    const [label, name] = key.split("/") as [string, string];
    const named = open.get(Number(label));
    if (named === undefined) {
      if (order === "by class") close();
      open.set(Number(label), [[name, row]]);
    } else named.push([name, row]);
  }
  close();
  return Uint32Array.from(sorted.flatMap((rows) => Array.from(rows)));
}
