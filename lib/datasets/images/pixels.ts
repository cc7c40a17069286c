/**
 * From the bytes of an image file to the values of a row: the job of the image data sets' workers.
 *
 * @module
 */

import { decodeImage, decodeTiff } from "../../formats/image/mod.ts";
import { type Box, cropImage, resizeImage, toPlanes } from "../../signal/mod.ts";
import { createWorkerPool, DataError, type WorkerPool } from "../../util/mod.ts";

/** What a file is made into. */
export interface PixelsFormat {
  /** Colour images are resized; bands of 16 bits must have the size already. */
  readonly kind: "colour" | "bands";
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/** One file. */
export interface PixelsInput {
  /** Name for messages. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Part of the image that is used; all of it if left out. */
  readonly box?: Box | undefined;
  readonly format: PixelsFormat;
}

/** The values of one image. */
export interface Pixels {
  /** Layout (channels, height, width). */
  readonly values: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** Whether the file is damaged in a place that decoders pass over. */
  readonly damaged: boolean;
}

/**
 * Decodes a file, cuts it to its box, resizes it and moves the channels to the front.
 *
 * @throws {DataError} If the file is damaged.
 */
export async function makePixels({ name, bytes, box, format }: PixelsInput): Promise<Pixels> {
  if (format.kind === "bands") return { values: readBands(bytes, name, format), damaged: false };
  const decoded = await decodeImage(bytes, name);
  const cut = box === undefined ? decoded : cropImage(decoded, box);
  if (cut.width < 1 || cut.height < 1) {
    const { left, top, right, bottom } = box!;
    throw new DataError(
      `Cannot cut "${name}" to its box: ${left} ${top} ${right} ${bottom} holds no pixel`,
    );
  }
  const values = toPlanes(resizeImage(cut, format.width, format.height));
  return { values, damaged: decoded.damaged === true };
}

/** Bands of 16 bits, moved to the front. */
function readBands(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  { channels, width, height }: PixelsFormat,
): Uint16Array<ArrayBuffer> {
  const image = decodeTiff(bytes, name);
  const sizes = [image.width, image.height, image.bands];
  if (sizes.join() !== [width, height, channels].join() || !(image.data instanceof Uint16Array)) {
    throw new DataError(
      `Cannot read "${name}": it has ${sizes[0]} x ${sizes[1]} pixels of ${sizes[2]} bands in a ` +
        `${image.data.constructor.name}, wanted ${width} x ${height} of ${channels} with 16 bits`,
    );
  }
  const size = width * height;
  const values = new Uint16Array(size * channels);
  for (let pixel = 0; pixel < size; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      values[channel * size + pixel] = image.data[pixel * channels + channel]!;
    }
  }
  return values;
}

/** Makes pixels on all cores. */
export function createPixelsPool(
  options: { readonly workers?: number | undefined } = {},
): WorkerPool<PixelsInput, Pixels> {
  const module = new URL("./pixels_worker.ts", import.meta.url);
  const { workers } = options;
  return createWorkerPool({
    module,
    job: makePixels,
    ...(workers === undefined ? {} : { workers }),
  });
}
