/**
 * The forms in which the references use photos: MetaMAE at 32x32 pixels, DABS at 224x224, and its
 * `_small` data sets.
 *
 * @module
 */

import type { TaskSpec } from "../../spec/mod.ts";
import type { DatasetShape } from "../dataset.ts";

interface PhotoForm {
  readonly side: number;
  readonly patch: number;
  readonly batchSize: number;
}

const forms: ReadonlyMap<string, PhotoForm> = new Map([
  ["metamae", { side: 32, patch: 4, batchSize: 64 }],
  ["dabs", { side: 224, patch: 16, batchSize: 64 }],
  ["dabs-small", { side: 32, patch: 4, batchSize: 256 }],
]);

/** Variants of the transfer data sets of photos, the published tables' first. */
export const photoVariants = [
  { name: "metamae", difference: "resized to 32x32 pixels, patch 4, batch size 64" },
  { name: "dabs", difference: "resized to 224x224 pixels (147 KiB an image), patch 16" },
  { name: "dabs-small", difference: "as metamae with batch size 256" },
] as const;

/** Shape of a variant; names that are not in {@linkcode photoVariants} are like `metamae`. */
export function photoShape(variant: string, task?: TaskSpec): DatasetShape {
  const { side, patch, batchSize } = forms.get(variant) ?? forms.get("metamae")!;
  return {
    inputs: [{ kind: "image", channels: 3, height: side, width: side, patch }],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize },
  };
}

/** What happens to photos, for the notes of a store. */
export const photoNote =
  "Images are resized with Pillow's antialiased bilinear filter whatever their aspect ratio, divided " +
  "by 255 and not normalised further";
