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

/** Computes the power spectrum of a signal of one fixed length. */
export type PowerSpectrum = (
  signal: Float64Array<ArrayBuffer>,
  power: Float64Array<ArrayBuffer>,
) => void;

/**
 * Prepares the squared magnitudes of the discrete Fourier transform of real signals.
 *
 * Even and odd samples become real and imaginary parts of a complex signal of half the length,
 * which takes a radix-4 transform (Stockham's, so that nothing is reordered); its spectrum is then
 * taken apart.
 *
 * @param length Samples of a signal: twice a power of four.
 * @returns A function that reads a signal of that length and writes the powers of frequencies
 * 0..length/2, that is length/2 + 1 numbers. It reuses its memory: one call at a time.
 * @throws {RangeError} If the length is not twice a power of four.
 */
export function createPowerSpectrum(length: number): PowerSpectrum {
  const half = length / 2;
  const stages = Math.log2(half) / 2;
  if (!Number.isInteger(stages) || stages < 1) {
    throw new RangeError(`Cannot transform ${length} samples: twice a power of four is wanted`);
  }
  const roots = rootsOfUnity(length);
  const stageRoots = Array.from({ length: stages - 1 }, (_, stage) => rootsOfStage(half, stage));
  let from = { re: new Float64Array(half), im: new Float64Array(half) };
  let to = { re: new Float64Array(half), im: new Float64Array(half) };

  return (signal, power) => {
    for (let i = 0; i < half; i++) {
      from.re[i] = signal[2 * i]!;
      from.im[i] = signal[2 * i + 1]!;
    }
    for (let stage = 0; stage < stages - 1; stage++) {
      transformStage(from, to, stageRoots[stage]!, 4 ** stage);
      [from, to] = [to, from];
    }
    transformLastStage(from, to);
    [from, to] = [to, from];
    takeApart(from, roots, power);
  };
}

interface Complex {
  readonly re: Float64Array<ArrayBuffer>;
  readonly im: Float64Array<ArrayBuffer>;
}

/** exp(-2 pi i k / length) for k below half of the length. */
function rootsOfUnity(length: number): Complex {
  const re = new Float64Array(length / 2);
  const im = new Float64Array(length / 2);
  for (let k = 0; k < length / 2; k++) {
    re[k] = Math.cos(2 * Math.PI * k / length);
    im[k] = -Math.sin(2 * Math.PI * k / length);
  }
  return { re, im };
}

/** The three roots of every butterfly of a stage, one after the other. */
function rootsOfStage(length: number, stage: number): Complex {
  const count = length / 4 ** (stage + 1);
  const re = new Float64Array(3 * count);
  const im = new Float64Array(3 * count);
  for (let p = 0; p < count; p++) {
    for (let k = 0; k < 3; k++) {
      const angle = 2 * Math.PI * (k + 1) * p / (4 * count);
      re[3 * p + k] = Math.cos(angle);
      im[3 * p + k] = -Math.sin(angle);
    }
  }
  return { re, im };
}

/** One stage: `stride` interleaved transforms, each cut into four of a quarter of the length. */
function transformStage(from: Complex, to: Complex, roots: Complex, stride: number): void {
  const { re: fromRe, im: fromIm } = from;
  const { re: toRe, im: toIm } = to;
  const { re: rootRe, im: rootIm } = roots;
  const quarter = fromRe.length / 4;
  // Plain declarations: destructuring costs a third of the speed here.
  for (let p = 0, root = 0; root < rootRe.length; p++, root += 3) {
    const ar = rootRe[root]!;
    const ai = rootIm[root]!;
    const br = rootRe[root + 1]!;
    const bi = rootIm[root + 1]!;
    const cr = rootRe[root + 2]!;
    const ci = rootIm[root + 2]!;
    for (let q = 0; q < stride; q++) {
      const at = p * stride + q;
      const r0 = fromRe[at]!;
      const i0 = fromIm[at]!;
      const r1 = fromRe[at + quarter]!;
      const i1 = fromIm[at + quarter]!;
      const r2 = fromRe[at + 2 * quarter]!;
      const i2 = fromIm[at + 2 * quarter]!;
      const r3 = fromRe[at + 3 * quarter]!;
      const i3 = fromIm[at + 3 * quarter]!;
      const sumR = r0 + r2;
      const sumI = i0 + i2;
      const differenceR = r0 - r2;
      const differenceI = i0 - i2;
      const oddR = r1 + r3;
      const oddI = i1 + i3;
      // The difference of the odd pair, times -i.
      const turnedR = i1 - i3;
      const turnedI = r3 - r1;
      const out = 4 * p * stride + q;
      toRe[out] = sumR + oddR;
      toIm[out] = sumI + oddI;
      const x1 = differenceR + turnedR;
      const y1 = differenceI + turnedI;
      toRe[out + stride] = x1 * ar - y1 * ai;
      toIm[out + stride] = x1 * ai + y1 * ar;
      const x2 = sumR - oddR;
      const y2 = sumI - oddI;
      toRe[out + 2 * stride] = x2 * br - y2 * bi;
      toIm[out + 2 * stride] = x2 * bi + y2 * br;
      const x3 = differenceR - turnedR;
      const y3 = differenceI - turnedI;
      toRe[out + 3 * stride] = x3 * cr - y3 * ci;
      toIm[out + 3 * stride] = x3 * ci + y3 * cr;
    }
  }
}

/** The last stage, whose roots are all 1. */
function transformLastStage(from: Complex, to: Complex): void {
  const { re: fromRe, im: fromIm } = from;
  const { re: toRe, im: toIm } = to;
  const quarter = fromRe.length / 4;
  for (let at = 0; at < quarter; at++) {
    const r0 = fromRe[at]!;
    const i0 = fromIm[at]!;
    const r1 = fromRe[at + quarter]!;
    const i1 = fromIm[at + quarter]!;
    const r2 = fromRe[at + 2 * quarter]!;
    const i2 = fromIm[at + 2 * quarter]!;
    const r3 = fromRe[at + 3 * quarter]!;
    const i3 = fromIm[at + 3 * quarter]!;
    toRe[at] = r0 + r2 + (r1 + r3);
    toIm[at] = i0 + i2 + (i1 + i3);
    toRe[at + quarter] = r0 - r2 + (i1 - i3);
    toIm[at + quarter] = i0 - i2 + (r3 - r1);
    toRe[at + 2 * quarter] = r0 + r2 - (r1 + r3);
    toIm[at + 2 * quarter] = i0 + i2 - (i1 + i3);
    toRe[at + 3 * quarter] = r0 - r2 - (i1 - i3);
    toIm[at + 3 * quarter] = i0 - i2 - (r3 - r1);
  }
}

/** Powers of the real signal from the spectrum of its even and odd samples. */
function takeApart({ re, im }: Complex, roots: Complex, power: Float64Array): void {
  const half = re.length;
  const { re: rootRe, im: rootIm } = roots;
  power[0] = (re[0]! + im[0]!) ** 2;
  power[half] = (re[0]! - im[0]!) ** 2;
  for (let k = 1; k <= half / 2; k++) {
    const other = half - k;
    const aR = re[k]!;
    const aI = im[k]!;
    const bR = re[other]!;
    const bI = im[other]!;
    const evenR = (aR + bR) / 2;
    const evenI = (aI - bI) / 2;
    const oddR = (aI + bI) / 2;
    const oddI = (bR - aR) / 2;
    const turnedR = oddR * rootRe[k]! - oddI * rootIm[k]!;
    const turnedI = oddR * rootIm[k]! + oddI * rootRe[k]!;
    power[k] = (evenR + turnedR) ** 2 + (evenI + turnedI) ** 2;
    power[other] = (evenR - turnedR) ** 2 + (evenI - turnedI) ** 2;
  }
}
