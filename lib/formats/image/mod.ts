/**
 * Images: JPEG, PNG, PPM and TIFF.
 *
 * @module
 */

export { decodeImage, longestImageFile } from "./images.ts";
export type { RgbImage } from "./rgb_image.ts";
export { decodeTiff } from "./tiff.ts";
