/**
 * From the bytes of an image or a recording to the values of rows.
 *
 * @module
 */

import { readAudio } from "../../formats/audio/mod.ts";
import { decodeImage, decodeTiff, type RgbImage } from "../../formats/image/mod.ts";
import {
  type Box,
  channelsFirst,
  createLogMel,
  type Crop,
  cropCentre,
  cropImage,
  cropSamples,
  type LogMel,
  melSamples,
  resizeImage,
  toPlanes,
} from "../../signal/mod.ts";
import type { RowElements } from "../../store/mod.ts";
import { DataError, unreadable } from "../../util/mod.ts";

/** What an image file is made into: values of the layout (channels, height, width). */
interface PixelsFormat {
  /**
   * Images in colour or grey are resized without regard to their aspect ratio; bands of 16 bits
   * must have the size already.
   */
  readonly kind: "colour" | "grey" | "bands";
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** Part of the image that is used; all of it if left out. */
  readonly box?: Box | undefined;
}

/** What a file is made into. */
export type MediaFormat =
  | PixelsFormat
  /** The picture of the captioned data sets: (3, 224, 224), 8 bits. */
  | { readonly kind: "square" }
  /** Log-mel pictures in decibels, 224 mel bands times 224 frames, of parts of a long recording. */
  | { readonly kind: "log-mel"; readonly crops: readonly Crop[] };

/** One file. */
export interface MediaInput {
  /** Name for messages. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly format: MediaFormat;
}

/** What a file became. */
export interface DecodedMedia {
  /** One; of a long recording one a part. A short one has a single picture, whatever was wanted. */
  readonly rows: readonly RowElements[];
  /** Whether the file is damaged in a place that decoders pass over. */
  readonly damaged: boolean;
}

/**
 * Decodes a file.
 *
 * @throws {DataError} If the file is damaged.
 */
export async function decodeMedia({ name, bytes, format }: MediaInput): Promise<DecodedMedia> {
  switch (format.kind) {
    case "log-mel":
      return { rows: logMelPictures(bytes, name, format.crops), damaged: false };
    case "bands":
      return { rows: [readBands(bytes, name, format)], damaged: false };
  }
  const decoded = await decodeImage(bytes, name);
  const values = format.kind === "square" ? squarePicture(decoded) : resized(decoded, name, format);
  return { rows: [values], damaged: decoded.damaged === true };
}

/** Cuts an image to its box, resizes it and moves the channels to the front. */
function resized(image: RgbImage, name: string, format: PixelsFormat): Uint8Array<ArrayBuffer> {
  const { kind, box, width, height } = format;
  const cut = box === undefined ? image : cropImage(image, box);
  if (cut.width < 1 || cut.height < 1) {
    const { left, top, right, bottom } = box!;
    throw new DataError(
      `Cannot cut "${name}" to its box: ${left} ${top} ${right} ${bottom} holds no pixel`,
    );
  }
  return toPlanes(resizeImage(kind === "grey" ? greyImage(cut) : cut, width, height));
}

/** Luma as Pillow's `convert("L")` computes it. */
function greyImage({ width, height, data }: Pick<RgbImage, "width" | "height" | "data">) {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const weighted = 19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]!;
    grey[i] = (weighted + 0x8000) >> 16;
  }
  return { width, height, data: grey, channels: 1 };
}

/** Bands of 16 bits, moved to the front. */
function readBands(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  { channels, width, height }: PixelsFormat,
): RowElements {
  const image = decodeTiff(bytes, name);
  const sizes = [image.width, image.height, image.bands];
  if (sizes.join() !== [width, height, channels].join() || !(image.data instanceof Uint16Array)) {
    throw unreadable(
      name,
      `it has ${sizes[0]} x ${sizes[1]} pixels of ${sizes[2]} bands in a ` +
        `${image.data.constructor.name}, wanted ${width} x ${height} of ${channels} with 16 bits`,
    );
  }
  return channelsFirst(image.data, channels);
}

/** Pixels of a side of the captioned data sets' pictures. */
export const squareSide = 224;

const squeezed = { width: 480, height: 640 };

/**
 * The steps of DABS: squeezed to 480 x 640 (wide x high, so that landscape photos lose half of
 * their width), the middle 480 x 480 of that, then 224 x 224.
 */
function squarePicture(image: RgbImage): Uint8Array<ArrayBuffer> {
  const { width, height } = squeezed;
  const middle = cropCentre(resizeImage(image, width, height), width, width);
  return toPlanes(resizeImage(middle, squareSide, squareSide));
}

const frontEnds = new Map<number, LogMel>();

/** Pictures of the first channel, at the file's own sample rate. */
function logMelPictures(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  crops: readonly Crop[],
): readonly Float32Array<ArrayBuffer>[] {
  const { sampleRate, channels } = readAudio(bytes, { name });
  const samples = channels[0]!;
  let frontEnd = frontEnds.get(sampleRate);
  if (frontEnd === undefined) {
    frontEnd = createLogMel(sampleRate);
    // Files of ever new rates must not fill the memory.
    if (frontEnds.size >= 16) frontEnds.clear();
    frontEnds.set(sampleRate, frontEnd);
  }
  const parts = samples.length > melSamples ? crops : crops.slice(0, 1);
  return parts.map((crop) => frontEnd.decibels(cropSamples(samples, crop)));
}
