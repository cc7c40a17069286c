/**
 * TIFF images of any number of bands, such as the 13 of Sentinel-2.
 *
 * The package `tiff` reads the tags and undoes the compression. Layouts that it reads wrongly
 * without saying so (tiles of several bands, signed values, premultiplied alpha) are refused here.
 *
 * @module
 */

import { decode, type TiffIfd } from "tiff";
import { DataError, reasonOf } from "../../util/mod.ts";
import { checkImageSize, undecodable } from "./rgb_image.ts";

/** An image of several bands. */
export interface BandImage {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  /** `height * width * bands` values, the bands of a pixel side by side. */
  readonly data: Uint8Array | Uint16Array | Float32Array | Float64Array;
}

/**
 * Decodes the first image of a file in its own values.
 *
 * @param name Name for messages.
 * @throws {DataError} If the file is damaged, cut off, or of a layout that is not read.
 */
export function decodeTiff(bytes: Uint8Array<ArrayBuffer>, name: string): BandImage {
  const [header] = decodePages(bytes, name, { ignoreImageData: true });
  if (header === undefined) throw undecodable(name, "it holds no image");
  checkLayout(header, name);
  const [page] = decodePages(bytes, name, { pages: [0] });
  const { width, height, samplesPerPixel: bands, data } = page!;
  return { width, height, bands, data };
}

function decodePages(
  bytes: Uint8Array,
  name: string,
  options: { readonly ignoreImageData?: boolean; readonly pages?: number[] },
): readonly TiffIfd[] {
  try {
    return decode(bytes, options);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw undecodable(name, `it is damaged or cut off (${reason})`, cause);
  }
}

function checkLayout(page: TiffIfd, name: string): void {
  const { width, height, samplesPerPixel: bands, bitsPerSample: bits, sampleFormat } = page;
  checkImageSize(name, width, height * bands);
  const fail = (what: string, hint?: string) =>
    new DataError(`Cannot decode "${name}": ${what}`, hint === undefined ? {} : { hint });
  const allBits: unknown = page.get("BitsPerSample");
  if (typeof allBits !== "number" && !(allBits as Uint16Array)?.every((value) => value === bits)) {
    throw fail(`its bands have ${allBits} bits, the same number for all is wanted`);
  }
  const known = sampleFormat === 3 ? bits === 32 || bits === 64 : bits === 8 || bits === 16;
  if (!known || (sampleFormat !== 1 && sampleFormat !== 3)) {
    throw fail(
      `its values have ${bits} bits of sample format ${sampleFormat}, ` +
        "wanted unsigned integers of 8 or 16 bits, or floats",
    );
  }
  if (bands > 1 && page.planarConfiguration !== 1) {
    throw fail(
      "its bands lie one after the other (planar), wanted the bands of a pixel side by side",
      "Rewrite it with: gdal_translate -co INTERLEAVE=PIXEL",
    );
  }
  if (bands > 1 && page.tiled) {
    throw fail(
      "it is cut into tiles, wanted strips",
      "Rewrite it with: gdal_translate -co TILED=NO -co INTERLEAVE=PIXEL",
    );
  }
  if (page.alpha && page.associatedAlpha) {
    throw fail("its colours are multiplied by an alpha band, wanted plain values");
  }
}
