/**
 * Ratios of processes that ran in turns.
 *
 * @module
 */

import type { StepTimes } from "./measure.ts";

/** Middle and ends of a list of numbers. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The numbers, in the order of the rounds. */
  readonly rounds: readonly number[];
}

/** What a contestant did in all rounds. */
export interface Result {
  readonly name: string;
  /** Operations of one step by the analytic count of its matrix products. */
  readonly flops: number;
  /** One entry a round; fewer if it failed. */
  readonly runs: readonly StepTimes[];
  /**
   * Share of the machine that others used right before each run; undefined if it may not be asked.
   */
  readonly busy?: readonly (number | undefined)[];
  /** Why it failed. */
  readonly problem: string | undefined;
}

/** A contestant divided by the base, round by round. */
export interface BaseRatio {
  readonly name: string;
  readonly base: string;
  /** Ratio of the medians of step times. */
  readonly time: Spread;
  /** Ratio of peak resident memory. */
  readonly memory: Spread;
  /** Ratio of the times of the first step. */
  readonly firstStep: Spread;
}

/**
 * Median of numbers; the mean of the middle two if their count is even.
 *
 * @throws {RangeError} If there are none.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take a median: there are no numbers");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)]! + sorted[Math.ceil(middle - 0.5)]!) / 2;
}

/** Middle and ends. */
export function spreadOf(rounds: readonly number[]): Spread {
  return { median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds };
}

/**
 * Divides every contestant by the base, each round by its own; rounds that one of both lacks are
 * left out, and contestants without any round too.
 */
export function compareWithBase(
  results: readonly Result[],
  base: string | undefined,
): readonly BaseRatio[] {
  const reference = results.find(({ name }) => name === base);
  if (base === undefined || reference === undefined) return [];
  return results.flatMap((result): BaseRatio[] => {
    const count = Math.min(result.runs.length, reference.runs.length);
    if (result.name === base || count === 0) return [];
    const ratios = (quantity: (run: StepTimes) => number) =>
      spreadOf(Array.from(
        { length: count },
        (_, i) => quantity(result.runs[i]!) / quantity(reference.runs[i]!),
      ));
    return [{
      name: result.name,
      base,
      time: ratios((run) => median(run.seconds)),
      memory: ratios((run) => run.peakBytes),
      firstStep: ratios((run) => run.firstStep),
    }];
  });
}
