/**
 * Data sets of images, and the forms in which the references use photos: MetaMAE at 32x32 pixels,
 * DABS at 224x224, and its `_small` data sets.
 *
 * @module
 */

import { longestImageFile } from "../../formats/image/mod.ts";
import type { Box } from "../../signal/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import type { ColumnOptions } from "../../store/mod.ts";
import {
  byteColumn,
  type FileDataset,
  fileDataset,
  type FileRows,
  type FileSample,
} from "../conversion/convert_files.ts";
import type { Dataset, DatasetShape, Variant } from "../conversion/dataset.ts";

/** An image of a split. */
export interface Picture extends FileSample {
  /** Part of the image that is used. */
  readonly box?: Box;
}

/** An image data set: a record and a plan. */
export interface ImageDataset<V extends Variant> extends FileDataset<Picture, V> {
  /** How values are stored; 8 bits, divided by 255, if left out. */
  readonly column?: ColumnOptions;
}

/** Makes a data set of images. */
export function imageDataset<V extends Variant>(
  { column, ...record }: ImageDataset<V>,
): Dataset<V> {
  return fileDataset(record, ({ shape }) => imageRows(shape!, column));
}

/** How images become rows: of a thousand, one may hold damage that decoders pass over. */
export function imageRows(
  { inputs: [input] }: DatasetShape,
  column: ColumnOptions = byteColumn,
): FileRows<Picture> {
  if (input?.kind !== "image") throw new TypeError("The data set is none of images");
  const { channels, width, height } = input;
  const kind = column.dtype === "uint16" ? "bands" : "colour";
  return {
    what: "images",
    longest: longestImageFile,
    format: ([picture]) => ({ kind, channels, width, height, box: picture!.box }),
    mostDamaged: (images) => images / 1000,
    columns: [column],
  };
}

/** Size and defaults of a form of photos. */
export interface PhotoForm {
  readonly side: number;
  readonly patch: number;
  readonly batchSize: number;
}

/** The forms of the references. */
export const photoForms = {
  metamae: { side: 32, patch: 4, batchSize: 64 },
  dabs: { side: 224, patch: 16, batchSize: 64 },
  dabsSmall: { side: 32, patch: 4, batchSize: 256 },
} as const satisfies Readonly<Record<string, PhotoForm>>;

/** Shape of photos in a form. */
export function photoShape({ side, patch, batchSize }: PhotoForm, task?: TaskSpec): DatasetShape {
  return {
    inputs: [{ kind: "image", channels: 3, height: side, width: side, patch }],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize },
  };
}

/** Shape of the chest X-rays of DABS, which may have several findings. */
export function xrayShape(classNames: readonly string[]): DatasetShape {
  return photoShape(photoForms.dabs, {
    kind: "multi-label",
    classes: classNames.length,
    metric: "auroc",
    classNames: [...classNames],
  });
}

/** Variants of the transfer data sets of photos, the published tables' first. */
export function photoVariants(task: TaskSpec): readonly Variant[] {
  const { metamae, dabs, dabsSmall } = photoForms;
  const variants = [
    ["metamae", "resized to 32x32 pixels, patch 4, batch size 64", metamae],
    ["dabs", "resized to 224x224 pixels (147 KiB an image), patch 16", dabs],
    ["dabs-small", "as metamae with batch size 256", dabsSmall],
  ] as const;
  return variants.map(([name, difference, form]) => ({
    name,
    difference,
    shape: photoShape(form, task),
  }));
}

/** What happens to photos, for the notes of a store. */
export const photoNote =
  "Images are resized with Pillow's antialiased bilinear filter whatever their aspect ratio, " +
  "divided by 255 and not normalised further";
