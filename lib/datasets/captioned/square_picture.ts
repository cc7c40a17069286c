/**
 * From the bytes of an image file to the picture of the captioned data sets: the job of their workers.
 *
 * The steps are those of DABS: squeezed to 480 x 640 (wide x high, so that landscape photos lose half of
 * their width), the middle 480 x 480 of that, then 224 x 224.
 *
 * @module
 */

import { decodeImage } from "../../formats/image/mod.ts";
import { cropCentre, resizeImage, toPlanes } from "../../signal/mod.ts";
import { createWorkerPool, type WorkerPool } from "../../util/mod.ts";

/** Pixels of a side. */
export const pictureSide = 224;

const squeezed = { width: 480, height: 640 };

/** One file. */
export interface PictureInput {
  /** Name for messages. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One picture. */
export interface SquarePicture {
  /** Layout (3, 224, 224), 8 bits. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** Whether the file is damaged in a place that decoders pass over. */
  readonly damaged: boolean;
}

/**
 * Decodes a file and makes its picture.
 *
 * @throws {DataError} If the file is no image, or damaged.
 */
export async function makeSquarePicture({ name, bytes }: PictureInput): Promise<SquarePicture> {
  const decoded = await decodeImage(bytes, name);
  const { width, height } = squeezed;
  const middle = cropCentre(resizeImage(decoded, width, height), width, width);
  return {
    values: toPlanes(resizeImage(middle, pictureSide, pictureSide)),
    damaged: decoded.damaged === true,
  };
}

/** Makes pictures on all cores. */
export function createPicturePool(
  options: { readonly workers?: number } = {},
): WorkerPool<PictureInput, SquarePicture> {
  const module = new URL("./square_picture_worker.ts", import.meta.url);
  return createWorkerPool({ module, job: makeSquarePicture, ...options });
}
