/**
 * What a decoded recording is, how long one may be, and how it is collected block by block.
 *
 * @module
 */

import { unreadable } from "../../util/mod.ts";

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

/** What is known of a recording before it is decoded. */
export interface ExpectedAudio {
  readonly channels: number;
  /** Samples of each channel; 0 if unknown. */
  readonly samples: number;
}

/** Collects blocks. */
export interface SampleSink {
  /** Samples of each channel so far. */
  readonly length: number;
  /**
   * Appends one block, each sample divided by `divisor`.
   *
   * @throws {DataError} If the recording becomes longer than expected, or than the limit.
   */
  append(block: readonly ArrayLike<number>[], divisor: number): void;
  /** The channels. */
  finish(): readonly Float32Array<ArrayBuffer>[];
}

/**
 * Starts to collect.
 *
 * @param name Name for messages.
 * @throws {DataError} If the recording is expected to be longer than {@linkcode mostSamples}.
 */
export function createSampleSink({ channels, samples }: ExpectedAudio, name: string): SampleSink {
  const most = samples === 0 ? Math.floor(mostSamples / channels) : samples;
  if (most * channels > mostSamples) {
    throw unreadable(
      name,
      `its header promises ${samples} samples of ${channels} channels, ` +
        `at most ${mostSamples} are allowed`,
    );
  }
  // Memory grows with what is really there, not with what a header promises.
  let buffers = Array.from({ length: channels }, () => new Float32Array(Math.min(most, 2 ** 18)));
  let length = 0;
  const grow = (wanted: number) => {
    const capacity = Math.min(most, Math.max(wanted, 2 * buffers[0]!.length));
    buffers = buffers.map((buffer) => {
      const larger = new Float32Array(capacity);
      larger.set(buffer);
      return larger;
    });
  };
  return {
    get length() {
      return length;
    },
    append(block, divisor) {
      const end = length + block[0]!.length;
      if (end > most) {
        throw unreadable(name, `it has ${end} samples or more, ${most} are expected`);
      }
      if (end > buffers[0]!.length) grow(end);
      for (let c = 0; c < channels; c++) {
        const [buffer, samples] = [buffers[c]!, block[c]!];
        for (let i = 0; i < samples.length; i++) buffer[length + i] = samples[i]! / divisor;
      }
      length = end;
    },
    finish: () => buffers.map((buffer) => buffer.subarray(0, length)),
  };
}
