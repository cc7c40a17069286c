/**
 * From the bytes of an image or a recording to a row of a store: the job of the workers of `folder`.
 *
 * @module
 */

import { decodeImage, type RgbImage } from "../../formats/image/mod.ts";
import { resizeImage } from "../../signal/mod.ts";
import { createWorkerPool, type WorkerPool } from "../../util/mod.ts";
import { makePictures } from "../speech/pictures.ts";

/** One file. */
export interface MediaInput {
  /** Name for messages. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What an image becomes; undefined for recordings. */
  readonly image: ImageTarget | undefined;
}

/** Size and channels of stored images. */
export interface ImageTarget {
  readonly size: number;
  /** One grey channel instead of red, green and blue. */
  readonly grey: boolean;
}

/** A row: 8-bit channels of an image, or decibels of a recording. */
export type MediaRow = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/**
 * Decodes one file: an image is resized without regard to its aspect ratio (antialiased bilinear), a
 * recording becomes a log-mel picture of its first channel.
 *
 * @throws {DataError} If the file is damaged.
 */
export async function makeRow({ name, bytes, image }: MediaInput): Promise<MediaRow> {
  if (image === undefined) return makePictures({ name, bytes, crops: ["first"] }).pictures[0]!;
  const decoded = await decodeImage(bytes, name);
  const source = image.grey ? greyImage(decoded) : { ...decoded, channels: 3 };
  const resized = resizeImage(source, image.size, image.size);
  return planar(resized.data, source.channels);
}

/** Makes rows on all cores. */
export function createMediaPool(): WorkerPool<MediaInput, MediaRow> {
  const module = new URL("./media_worker.ts", import.meta.url);
  return createWorkerPool({ module, job: makeRow });
}

/** Luma as Pillow's `convert("L")` computes it. */
function greyImage({ width, height, data }: RgbImage) {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const weighted = 19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]!;
    grey[i] = (weighted + 0x8000) >> 16;
  }
  return { width, height, data: grey, channels: 1 };
}

/** (height, width, channels) to (channels, height, width). */
function planar(data: Uint8Array<ArrayBuffer>, channels: number): Uint8Array<ArrayBuffer> {
  if (channels === 1) return data;
  const pixels = data.length / channels;
  const planes = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pixels; i++) planes[c * pixels + i] = data[i * channels + c]!;
  }
  return planes;
}
