/**
 * From the bytes of an audio file to its log-mel pictures: the job of the speech data sets' workers.
 *
 * @module
 */

import { readAudio } from "../../formats/audio/mod.ts";
import { createLogMel, type Crop, cropSamples, type LogMel, melSamples } from "../../signal/mod.ts";
import { createWorkerPool, type WorkerPool } from "../../util/mod.ts";

/** One file. */
export interface PicturesInput {
  /** Name for messages. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Parts that are wanted of a long recording. */
  readonly crops: readonly Crop[];
}

/** Pictures of one file, in decibels, 224 mel bands times 224 frames each. */
export interface Pictures {
  /** One a crop; a short recording has a single picture, whatever was wanted. */
  readonly pictures: readonly Float32Array<ArrayBuffer>[];
}

const frontEnds = new Map<number, LogMel>();

/**
 * Decodes a file and makes its pictures. The first channel is used, at the file's own sample rate.
 *
 * @throws {DataError} If the file is damaged.
 */
export function makePictures({ name, bytes, crops }: PicturesInput): Pictures {
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
  return { pictures: parts.map((crop) => frontEnd.decibels(cropSamples(samples, crop))) };
}

/** Makes pictures on all cores. */
export function createPicturePool(
  options: { readonly workers?: number } = {},
): WorkerPool<PicturesInput, Pictures> {
  const module = new URL("./pictures_worker.ts", import.meta.url);
  return createWorkerPool({ module, job: makePictures, ...options });
}
