/**
 * What a decoded recording is, and how long one may be.
 *
 * @module
 */

/** A decoded recording. */
export interface Audio {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Samples of each channel; integers are scaled to -1 up to, not including, 1. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** Options of the readers of audio files. */
export interface ReadAudioOptions {
  /** Name for messages. */
  readonly name: string;
}

/** Most samples of all channels together: bounds what a few hostile bytes can unpack to. */
export const mostSamples = 2 ** 26;

/** Most bytes of an audio file. */
export const longestAudioFile = 2 ** 27;
