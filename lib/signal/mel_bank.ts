/**
 * The bank of mel filters: Slaney's scale and area normalisation, as librosa builds it.
 *
 * @module
 */

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
