/**
 * Measuring how fast a run goes.
 *
 * @module
 */

/** Speed of a run; see {@linkcode createMeter}. */
export interface Meter {
  /** Counts a step, with the seconds that it waited for its batch. */
  count(waited: number): void;
  /** Seconds since the start. */
  seconds(): number;
  /** Samples per second without the first step, which compiles; 0 before the second. */
  samplesPerSecond(): number;
  /** Estimated seconds that a number of steps takes; undefined before the second step. */
  secondsFor(steps: number): number | undefined;
  /** Speed and share of waiting since the last call. */
  lap(): { readonly samplesPerSecond: number; readonly waiting: number };
}

/**
 * Starts to measure on a monotonic clock.
 *
 * @param now Milliseconds.
 */
export function createMeter(batchSize: number, now = () => performance.now()): Meter {
  const start = now();
  let steps = 0;
  let compiled = start;
  let lap = { start, steps: 0, waited: 0 };
  const elapsed = (since: number) => Math.max(1e-6, (now() - since) / 1000);
  const perStep = () => steps < 2 ? undefined : elapsed(compiled) / (steps - 1);
  return {
    count: (waited) => {
      steps++;
      lap.waited += waited;
      if (steps === 1) compiled = now();
    },
    seconds: () => elapsed(start),
    samplesPerSecond: () => {
      const seconds = perStep();
      return seconds === undefined ? 0 : batchSize / seconds;
    },
    secondsFor: (count) => {
      const seconds = perStep();
      return seconds === undefined ? undefined : seconds * count;
    },
    lap: () => {
      const seconds = elapsed(lap.start);
      const result = {
        samplesPerSecond: batchSize * (steps - lap.steps) / seconds,
        waiting: Math.min(1, lap.waited / seconds),
      };
      lap = { start: now(), steps, waited: 0 };
      return result;
    },
  };
}
