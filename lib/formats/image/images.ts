/**
 * One way into image files: the contents decide what kind of image a file is, not its name.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodePng, isPng } from "./png.ts";
import { checkImageSize, type RgbImage, undecodable } from "./rgb_image.ts";

/** Largest image file that is read. */
export const longestImageFile = 2 ** 26;

/**
 * Decodes a JPEG, PNG or PPM image as Pillow's `Image.open(...).convert("RGB")` does, bit for bit.
 *
 * @param name Name for messages.
 * @throws {DataError} If it is none of these, is damaged or cut off.
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<RgbImage> {
  if (isJpeg(bytes)) return await decodeJpeg(bytes, name);
  if (isPng(bytes)) return decodePng(bytes, name);
  if (isPpm(bytes)) return decodePpm(bytes, name);
  throw new DataError(
    bytes.length === 0
      ? `Cannot decode "${name}": it is empty`
      : `Cannot decode "${name}": it is no JPEG, PNG or PPM image`,
  );
}

const blank = /[ \t\r\n\v\f]/;

/** Whether bytes start like a binary pixmap or greymap. */
export function isPpm(start: Uint8Array): boolean {
  return start[0] === 0x50 && (start[1] === 0x35 || start[1] === 0x36) &&
    blank.test(String.fromCharCode(start[2] ?? 0));
}

/**
 * Decodes the first image of a file; grey is repeated.
 *
 * @param name Name for messages.
 * @throws {DataError} If the header is damaged, the greatest value is not 255, or pixels are
 * missing.
 */
export function decodePpm(bytes: Uint8Array<ArrayBuffer>, name: string): RgbImage {
  const { numbers: [width, height, greatest], end } = readHeader(bytes, name);
  checkImageSize(name, width, height);
  if (greatest !== 255) {
    throw undecodable(name, `its greatest value is ${greatest}, wanted 255`);
  }
  const channels = bytes[1] === 0x36 ? 3 : 1;
  const size = width * height * channels;
  if (bytes.length - end < size) {
    throw undecodable(
      name,
      `it is cut off, ${bytes.length - end} of ${size} bytes of pixels are there`,
    );
  }
  const values = bytes.subarray(end, end + size);
  if (channels === 3) return { width, height, data: values.slice() };
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * size }, (_, i) => values[i / 3 | 0]!),
  };
}

/** Width, height and greatest value, and where the pixels start: one blank after them. */
function readHeader(
  bytes: Uint8Array,
  name: string,
): { readonly numbers: readonly [number, number, number]; readonly end: number } {
  const numbers: number[] = [];
  let digits = "";
  let at = 2;
  for (; numbers.length < 3; at++) {
    const character = String.fromCharCode(bytes[at] ?? 0);
    if (/\d/.test(character) && digits.length < 9) {
      digits += character;
    } else if (blank.test(character) || character === "#") {
      if (digits !== "") numbers.push(Number(digits));
      digits = "";
      // The line end of a comment is its last character.
      if (character === "#") {
        while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at++;
      }
    } else {
      throw undecodable(name, `its header is damaged at byte ${at}, a number is wanted`);
    }
  }
  return { numbers: numbers as [number, number, number], end: at };
}
