/**
 * One way into audio files, which goes by what they start with; and WAV files: PCM of 8, 16, 24 and
 * 32 bits and floats of 32 and 64 bits.
 *
 * @module
 */

import { DataError, unreadable } from "../../util/mod.ts";
import { type Audio, mostSamples, type ReadAudioOptions } from "./audio.ts";
import { isFlac, readFlac } from "./flac.ts";

/**
 * Decodes a WAV or FLAC file as libsndfile does: 16-bit integers are divided by 32768, and so on.
 *
 * @throws {DataError} If the file is neither, is damaged or cut off, or has more samples than
 * allowed.
 */
export function readAudio(bytes: Uint8Array<ArrayBuffer>, options: ReadAudioOptions): Audio {
  if (isFlac(bytes)) return readFlac(bytes, options);
  if (isWav(bytes)) return readWav(bytes, options);
  throw unreadable(options.name, "it starts like neither a WAV nor a FLAC file");
}

/** Codes of the sample formats, and of the form that has the code in a longer header. */
const [pcm, float, extensible] = [1, 3, 0xfffe];

interface SampleFormat {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of one sample of one channel. */
  readonly bytes: number;
  readonly isFloat: boolean;
}

/** Whether a file starts like WAV. */
export function isWav(start: Uint8Array): boolean {
  return start.length >= 12 && textAt(start, 0) === "RIFF" && textAt(start, 8) === "WAVE";
}

/**
 * Decodes a WAV file. Integers are divided by 2^(bits - 1); 8-bit ones are unsigned, 128 is
 * silence.
 *
 * @throws {DataError} If the file is damaged, cut off, compressed or too long; the message has the
 * offset.
 */
export function readWav(bytes: Uint8Array<ArrayBuffer>, { name }: ReadAudioOptions): Audio {
  if (!isWav(bytes)) {
    throw unreadable(name, 'it does not start with "RIFF" and "WAVE"');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: SampleFormat | undefined;
  for (let at = 12; at < bytes.length;) {
    if (at + 8 > bytes.length) throw cutOff(name, bytes.length, at + 8);
    const id = textAt(bytes, at);
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (end > bytes.length) throw cutOff(name, bytes.length, end);
    if (id === "fmt ") format = readFormat(view, at + 8, size, name);
    if (id === "data") {
      if (format === undefined) {
        throw unreadable(name, `the samples at byte ${at} come before a format`);
      }
      return {
        sampleRate: format.sampleRate,
        channels: readSamples(view, at + 8, size, format, name),
      };
    }
    // Chunks of an odd size are followed by one more byte.
    at = end + size % 2;
  }
  throw unreadable(name, `it has no samples, it ends at byte ${bytes.length}`);
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function cutOff(name: string, end: number, wanted: number): DataError {
  return unreadable(name, `it is cut off, it ends at byte ${end}, ${wanted} bytes are promised`);
}

function readFormat(view: DataView, at: number, size: number, name: string): SampleFormat {
  const fail = (problem: string) => unreadable(name, `the format at byte ${at} ${problem}`);
  if (size < 16) throw fail(`has ${size} bytes, at least 16 are wanted`);
  let code = view.getUint16(at, true);
  if (code === extensible) {
    if (size < 40) throw fail(`has ${size} bytes, 40 are wanted`);
    code = view.getUint16(at + 24, true);
  }
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const block = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  const known = code === pcm ? [8, 16, 24, 32] : code === float ? [32, 64] : [];
  if (!known.includes(bits)) {
    throw fail(`has samples of code ${code} and ${bits} bits, PCM or floats are wanted`);
  }
  if (channels === 0 || sampleRate === 0) {
    throw fail(`has ${channels} channels of ${sampleRate} samples a second`);
  }
  const bytes = bits / 8;
  if (block !== channels * bytes) {
    throw fail(`has blocks of ${block} bytes for ${channels} channels of ${bits} bits`);
  }
  return { sampleRate, channels, bytes, isFloat: code === float };
}

function readSamples(
  view: DataView,
  start: number,
  size: number,
  { channels, bytes, isFloat }: SampleFormat,
  name: string,
): readonly Float32Array<ArrayBuffer>[] {
  const block = channels * bytes;
  if (size % block !== 0) {
    throw unreadable(
      name,
      `the ${size} bytes of samples at byte ${start} are no multiple ` +
        `of ${block}`,
    );
  }
  const length = size / block;
  if (length * channels > mostSamples) {
    throw unreadable(
      name,
      `it has ${length} samples of ${channels} channels, ` +
        `at most ${mostSamples} are allowed`,
    );
  }
  const sampleAt = isFloat ? floats.get(bytes)! : integers.get(bytes)!;
  return Array.from({ length: channels }, (_, c) => {
    const samples = new Float32Array(length);
    for (let i = 0, at = start + c * bytes; i < length; i++, at += block) {
      samples[i] = sampleAt(view, at);
    }
    if (isFloat) checkFinite(samples, { name, start, c, block, bytes });
    return samples;
  });
}

function checkFinite(
  samples: Float32Array,
  { name, start, c, block, bytes }: {
    readonly name: string;
    readonly start: number;
    readonly c: number;
    readonly block: number;
    readonly bytes: number;
  },
): void {
  const bad = samples.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw unreadable(
    name,
    `the sample at byte ${start + bad * block + c * bytes} is ` +
      `${samples[bad]}, a finite number is wanted`,
  );
}

type SampleAt = (view: DataView, at: number) => number;

const integers: ReadonlyMap<number, SampleAt> = new Map<number, SampleAt>([
  [1, (view, at) => (view.getUint8(at) - 128) / 2 ** 7],
  [2, (view, at) => view.getInt16(at, true) / 2 ** 15],
  [3, (view, at) => (view.getInt8(at + 2) * 2 ** 16 + view.getUint16(at, true)) / 2 ** 23],
  [4, (view, at) => view.getInt32(at, true) / 2 ** 31],
]);

const floats: ReadonlyMap<number, SampleAt> = new Map<number, SampleAt>([
  [4, (view, at) => view.getFloat32(at, true)],
  [8, (view, at) => view.getFloat64(at, true)],
]);
