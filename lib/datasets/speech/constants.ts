/**
 * What the speech data sets have in common, and the constants by which they differ.
 *
 * @module
 */

import { melSide } from "../../signal/mod.ts";
import type { InputSpec } from "../../spec/mod.ts";

/** Mean and deviation of the decibels of a data set. */
export interface SpeechConstants {
  readonly mean: number;
  readonly deviation: number;
}

/** The constants of both references, by the name of the reference's data class. */
export const speechConstants = {
  LibriSpeech: { mean: -22.924, deviation: 12.587 },
  AudioMNIST: { mean: -90.293, deviation: 11.799 },
  Fluent: { mean: -31.809, deviation: 13.127 },
  GoogleSpeech: { mean: -46.847, deviation: 19.151 },
  VoxCeleb: { mean: -37.075, deviation: 19.776 },
} as const satisfies Readonly<Record<string, SpeechConstants>>;

/** A log-mel picture of one channel, in 196 patches. */
export const speechInput: InputSpec = {
  kind: "image",
  channels: 1,
  height: melSide,
  width: melSide,
  patch: 16,
};

/** Training defaults of all speech data sets. */
export const speechDefaults = { batchSize: 64 } as const;
