/**
 * The front end of all speech data sets: a recording of any length becomes a picture of 224 mel
 * bands times 224 frames.
 *
 * The recording is cut or padded with zeros to 150,526 samples, whatever its sample rate. The mel
 * *power is squared* before it is turned into decibels: that is what the reference does, and it
 * stretches the range of 80 dB over 40 dB of sound. Everything is computed in doubles; the
 * reference computes recordings that it cuts in float32, which differs by less than 1e-4 dB.
 *
 * @module
 */

import { createPowerSpectrum } from "./real_fft.ts";

/** Samples of a recording that are used. */
export const melSamples = 150_526;

/** Mel bands, and frames, of a picture. */
export const melSide = 224;

const frame = 2048;
const hop = 672;
const least = 1e-10;
const range = 80;

/** Which part of a recording of more than {@linkcode melSamples} samples is used. */
export type Crop = "first" | "last";

/** The part of a recording that is used. */
export function cropSamples(
  samples: Float32Array<ArrayBuffer>,
  crop: Crop,
): Float32Array<ArrayBuffer> {
  if (samples.length <= melSamples) return samples;
  return crop === "first" ? samples.subarray(0, melSamples) : samples.subarray(-melSamples);
}

/** Computes pictures of recordings of one sample rate. */
export interface LogMel {
  /** Mel power (band, frame), lowest band first; the array is overwritten by the next call. */
  melPower(samples: Float32Array<ArrayBuffer>): Float64Array<ArrayBuffer>;
  /**
   * Decibels (band, frame), lowest band first, not normalised.
   *
   * @param samples At most {@linkcode melSamples}.
   */
  decibels(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
}

/**
 * Prepares the front end.
 *
 * @param sampleRate Samples a second of the recordings: it decides where the mel bands lie.
 */
export function createLogMel(sampleRate: number): LogMel {
  const bank = melBank({ sampleRate, frame, bands: melSide });
  const spectrum = createPowerSpectrum(frame);
  const window = Float64Array.from(
    { length: frame },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / frame),
  );
  const windowed = new Float64Array(frame);
  const power = new Float64Array(frame / 2 + 1);
  const mel = new Float64Array(melSide * melSide);

  const melPower = (samples: Float32Array<ArrayBuffer>) => {
    if (samples.length > melSamples) {
      throw new RangeError(
        `Cannot transform ${samples.length} samples: at most ${melSamples} are wanted`,
      );
    }
    mel.fill(0);
    for (let t = 0; t < melSide; t++) {
      // Frames are centred: the first one begins half a frame before the recording.
      const begin = t * hop - frame / 2;
      // What follows is padding, which has no power.
      if (begin >= samples.length) break;
      const from = Math.max(0, -begin);
      const end = Math.min(frame, samples.length - begin);
      windowed.fill(0);
      for (let i = from; i < end; i++) windowed[i] = window[i]! * samples[begin + i]!;
      spectrum(windowed, power);
      for (let band = 0, at = 0; band < melSide; band++) {
        const first = bank.start[band]!;
        const count = bank.count[band]!;
        let sum = 0;
        for (let k = 0; k < count; k++) sum += bank.weights[at + k]! * power[first + k]!;
        at += count;
        mel[band * melSide + t] = sum;
      }
    }
    return mel;
  };

  return {
    melPower,
    decibels: (samples) => {
      const values = melPower(samples);
      let loudest = least;
      for (let i = 0; i < values.length; i++) loudest = Math.max(loudest, values[i]! ** 2);
      const floor = 10 * Math.log10(loudest) - range;
      const decibels = new Float32Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = Math.max(least, values[i]! ** 2);
        decibels[i] = Math.max(floor, 10 * Math.log10(value));
      }
      return decibels;
    },
  };
}

/** Size of a bank. */
export interface MelBankOptions {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Samples of a frame. */
  readonly frame: number;
  /** Number of filters, from 0 Hz to half of the sample rate. */
  readonly bands: number;
}

/** Filters without their zeros: that of band `b` starts at frequency `start[b]`. */
export interface MelBank {
  /** First frequency of each band. */
  readonly start: Int32Array<ArrayBuffer>;
  /** Frequencies of each band. */
  readonly count: Int32Array<ArrayBuffer>;
  /** Weights of all bands, one after the other. */
  readonly weights: Float32Array<ArrayBuffer>;
}

/** Hertz a mel below 1 kHz. */
const linearStep = 200 / 3;
const logStart = 1000;
/** Logarithmic step of a mel above 1 kHz. */
const logStep = Math.log(6.4) / 27;

/** Builds a bank; rounded to float32 where librosa does. */
export function melBank({ sampleRate, frame, bands }: MelBankOptions): MelBank {
  const top = hertzToMel(sampleRate / 2);
  const edges = Array.from({ length: bands + 2 }, (_, i) => melToHertz(top * i / (bands + 1)));
  const frequencies = frame / 2 + 1;
  const start = new Int32Array(bands);
  const count = new Int32Array(bands);
  const weights: number[] = [];
  for (let band = 0; band < bands; band++) {
    const [low, middle, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    const norm = 2 / (high - low);
    for (let k = 0; k < frequencies; k++) {
      const frequency = k * sampleRate / frame;
      const rising = (frequency - low) / (middle - low);
      const falling = (high - frequency) / (high - middle);
      const weight = Math.fround(Math.max(0, Math.min(rising, falling)));
      if (weight === 0) continue;
      if (count[band] === 0) start[band] = k;
      count[band]!++;
      weights.push(weight * norm);
    }
  }
  return { start, count, weights: Float32Array.from(weights) };
}

function hertzToMel(hertz: number): number {
  return hertz < logStart
    ? hertz / linearStep
    : logStart / linearStep + Math.log(hertz / logStart) / logStep;
}

function melToHertz(mel: number): number {
  const logMel = logStart / linearStep;
  return mel < logMel ? mel * linearStep : logStart * Math.exp(logStep * (mel - logMel));
}
