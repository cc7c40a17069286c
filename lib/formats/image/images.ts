/**
 * One way into image files: the contents decide what kind of image a file is, not its name.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodePng, isPng } from "./png.ts";
import { decodePpm, isPpm } from "./ppm.ts";
import type { RgbImage } from "./rgb_image.ts";

/** Largest image file that is read. */
export const longestImageFile = 2 ** 26;

/**
 * Decodes a JPEG, PNG or PPM image as Pillow's `Image.open(...).convert("RGB")` does, bit for bit.
 *
 * @param name Name for messages.
 * @throws {DataError} If it is none of these, is damaged or cut off.
 */
export async function decodeImage(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<RgbImage> {
  if (isJpeg(bytes)) return await decodeJpeg(bytes, name);
  if (isPng(bytes)) return decodePng(bytes, name);
  if (isPpm(bytes)) return decodePpm(bytes, name);
  throw new DataError(
    bytes.length === 0
      ? `Cannot decode "${name}": it is empty`
      : `Cannot decode "${name}": it is no JPEG, PNG or PPM image`,
  );
}
