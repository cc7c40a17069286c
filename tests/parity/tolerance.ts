/**
 * How far a float32 result may be from the recorded one.
 *
 * The tolerance of a quantity is the larger of a fixed bound and ten times what the reference
 * itself differed between float32 and float64 in that case.
 *
 * @module
 */

import type { CaseResult, FixtureCase } from "./fixture_case.ts";

/**
 * Fixed bounds by kind of quantity: relative to the largest magnitude of the tensor, except for
 * those that are listed as absolute below.
 */
export const suggested = {
  exact: 0,
  latent: 1e-5,
  latentGradient: 5e-5,
  prediction: 2e-5,
  loss: 5e-6,
  maeGradient: 2e-5,
  metamaeGradient: 5e-4,
  dabsGradient: 5e-5,
  /** Euclidean norm over the gradients of all tensors. */
  wholeGradient: 1e-5,
  runningStatistic: 1e-5,
  adapted: 1e-5,
  probe: 1e-5,
  metric: 1e-6,
  /** Position tables, recorded in float64 and kept in float32. */
  table: 1e-6,
  /** Decibels and normalised decibels of a log-mel picture. */
  decibel: 1e-3,
  /** The same near the floor, where the rounding of a float32 transform shows. */
  faintDecibel: 5e-3,
} as const;

/** Quantities whose bound is absolute, not relative to the largest magnitude. */
const absolute: ReadonlySet<Quantity> = new Set(["exact", "metric", "decibel", "faintDecibel"]);

/** Kind of a recorded quantity. */
export type Quantity = keyof typeof suggested;

/**
 * Bound for a tensor of a case.
 *
 * @param name Name of the tensor; its longest prefix that names a group of spreads counts.
 */
export function toleranceOf(fixture: FixtureCase, name: string, quantity: Quantity): number {
  const isExact = quantity === "exact";
  return isExact ? 0 : Math.max(suggested[quantity], 10 * spreadOf(fixture, name).relative);
}

/** Spread of the group that a tensor belongs to; zero if none was recorded. */
function spreadOf(fixture: FixtureCase, name: string) {
  const parts = name.split("/");
  for (let length = parts.length; length > 0; length--) {
    const prefix = parts.slice(0, length).join("/");
    const found = fixture.spread.get(prefix) ?? fixture.spread.get(`${prefix}/all`);
    if (found !== undefined) return found;
  }
  return { absolute: 0, relative: 0 };
}

/** Sizes of the optimizer steps that led to updated parameters. */
export interface UpdateOptions {
  readonly learningRate: number;
  readonly steps: number;
  /** Recorded gradient of the parameter at the first step. */
  readonly gradient: ArrayLike<number>;
}

/** Collects the comparisons of a case. */
export interface Tally {
  /** Compares an array with a recorded one. */
  compare(
    name: string,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    quantity: Quantity,
  ): void;
  /** Compares all gradients at once, by the Euclidean norm of the difference. */
  compareWhole(
    name: string,
    pairs: readonly (readonly [actual: ArrayLike<number>, expected: ArrayLike<number>])[],
  ): void;
  /**
   * Compares a parameter after AdamW steps. First steps are sign-like: an element whose gradient is
   * near the noise moves by up to the learning rate either way, so only the others are held to 2 %
   * of the learning rate.
   */
  compareUpdated(
    name: string,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    options: UpdateOptions,
  ): void;
  /** The verdict. */
  result(): CaseResult;
}

/** Starts collecting the comparisons of a case. */
export function createTally(fixture: FixtureCase): Tally {
  const checks: { name: string; error: number; tolerance: number }[] = [];
  const add = (name: string, error: number, tolerance: number) =>
    void checks.push({ name, error: Number.isNaN(error) ? Infinity : error, tolerance });

  return {
    compare(name, actual, expected, quantity) {
      const error = absolute.has(quantity)
        ? largestError(actual, expected)
        : relativeError(actual, expected);
      add(name, error, toleranceOf(fixture, name, quantity));
    },
    compareWhole(name, pairs) {
      add(name, normError(pairs), suggested.wholeGradient);
    },
    compareUpdated(name, actual, expected, { learningRate, steps, gradient }) {
      const noise = 1e-4 * largest(gradient);
      let [clear, faint] = [0, 0];
      for (let i = 0; i < expected.length; i++) {
        const error = Math.abs(actual[i]! - expected[i]!);
        if (Math.abs(gradient[i]!) > noise) clear = worse(clear, error);
        else faint = worse(faint, error);
      }
      // The recorded values are rounded to float32, and so are ours.
      const rounding = 2 ** -23 * largest(expected);
      add(name, clear, 0.02 * learningRate + rounding);
      add(`${name} (faint gradients)`, faint, 2.1 * learningRate * steps + rounding);
    },
    result() {
      const excess = ({ error, tolerance }: { error: number; tolerance: number }) =>
        error === 0 ? 0 : error / tolerance;
      const worst = checks.reduce(
        (most, check) => excess(check) > excess(most) ? check : most,
        checks[0] ?? { name: "nothing was compared", error: Infinity, tolerance: 0 },
      );
      return { worst, pass: worst.error <= worst.tolerance, checked: checks.length };
    },
  };
}

/**
 * Largest difference divided by the largest finite magnitude expected; infinite if the lengths
 * differ or a value is NaN. Minus infinity is met by any number below -1e8, which no exponential
 * tells apart.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const error = largestError(actual, expected);
  const size = largest(expected);
  return error === 0 ? 0 : size === 0 ? error : error / size;
}

/**
 * Euclidean norm of the difference of all arrays together, relative to that of the expected ones;
 * infinite if the lengths of a pair differ.
 */
export function normError(
  pairs: readonly (readonly [actual: ArrayLike<number>, expected: ArrayLike<number>])[],
): number {
  let [difference, size] = [0, 0];
  for (const [actual, expected] of pairs) {
    if (actual.length !== expected.length) return Infinity;
    for (let i = 0; i < expected.length; i++) {
      difference += (actual[i]! - expected[i]!) ** 2;
      size += expected[i]! ** 2;
    }
  }
  return Math.sqrt(difference / size);
}

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] === -Infinity && actual[i]! < -1e8) continue;
    error = worse(error, Math.abs(actual[i]! - expected[i]!));
  }
  return error;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most;
}

/** The larger error, where NaN is the largest. */
function worse(error: number, other: number): number {
  return other > error ? other : Number.isNaN(other) ? Infinity : error;
}
