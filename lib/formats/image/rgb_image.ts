/**
 * A decoded colour image, and the bound on its size.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import {} from "../../util/mod.ts";

/** An image of 8-bit red, green and blue values, pixel by pixel, row by row. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `height * width * 3` values. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Set if the file is damaged in a place that decoders pass over, as Pillow does. */
  readonly damaged?: true;
}

/** Most pixels of an image: Pillow's bound against decompression bombs. */
const mostPixels = 178_956_970;

/**
 * Checks the size that an image file promises, before memory is taken for it.
 *
 * @throws {DataError} If a side is 0 or the image has more than 179 million pixels.
 */
export function checkImageSize(name: string, width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= mostPixels) return;
  throw undecodable(
    name,
    `it is ${width} pixels wide and ${height} high, ` +
      `sides of at least 1 and at most ${mostPixels} pixels are wanted`,
  );
}

/** The error of an image that cannot be decoded. */
export function undecodable(name: string, problem: string, cause?: unknown): DataError {
  return new DataError(`Cannot decode "${name}": ${problem}`, { cause });
}
