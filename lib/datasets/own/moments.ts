/**
 * Means and deviations of channels, gathered value by value.
 *
 * @module
 */

/** Gathers values. */
export interface ChannelMoments {
  /** Adds the values of one sample: (channels, values of a channel). */
  add(values: ArrayLike<number>): void;
  /** Mean and deviation of every channel; a channel that never changes has the deviation 1. */
  result(): { readonly mean: readonly number[]; readonly deviation: readonly number[] };
}

/** Starts to gather (Welford's method over doubles, which does not lose small deviations). */
export function createMoments(channels: number): ChannelMoments {
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const count = new Float64Array(channels);
  return {
    add: (values) => {
      const width = values.length / channels;
      for (let channel = 0, i = 0; channel < channels; channel++) {
        for (let k = 0; k < width; k++, i++) {
          const value = values[i]!;
          const difference = value - mean[channel]!;
          mean[channel]! += difference / ++count[channel]!;
          squares[channel]! += difference * (value - mean[channel]!);
        }
      }
    },
    result: () => ({
      mean: Array.from(mean),
      deviation: Array.from(squares, (sum, channel) => Math.sqrt(sum / count[channel]!) || 1),
    }),
  };
}
