/**
 * One way into audio files: what they start with decides how they are read.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import type { Audio, ReadAudioOptions } from "./audio.ts";
import { isFlac, readFlac } from "./flac.ts";
import { isWav, readWav } from "./wav.ts";

/**
 * Decodes a WAV or FLAC file as libsndfile does: 16-bit integers are divided by 32768, and so on.
 *
 * @throws {DataError} If the file is neither, is damaged or cut off, or has more samples than
 * allowed.
 */
export function readAudio(bytes: Uint8Array<ArrayBuffer>, options: ReadAudioOptions): Audio {
  if (isFlac(bytes)) return readFlac(bytes, options);
  if (isWav(bytes)) return readWav(bytes, options);
  throw new DataError(
    `Cannot read "${options.name}": it starts like neither a WAV nor a FLAC file`,
  );
}
