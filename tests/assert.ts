/**
 * Typed door to `@std/assert` for all tests: the npm build that the import map names ships no types.
 *
 * @module
 */

import * as std from "@std/assert";

// deno-lint-ignore no-explicit-any -- class constructors of any signature
type Class<T> = abstract new (...args: any[]) => T;

/** Thrown by an assertion that does not hold. */
export const AssertionError: ErrorConstructor = std.AssertionError;

/** Asserts that a value is truthy. */
export const assert: (value: unknown, message?: string) => asserts value = std.assert;

/** Asserts that a value is falsy. */
export const assertFalse: (value: unknown, message?: string) => void = std.assertFalse;

/** Asserts deep equality. */
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void = std.assertEquals;

/** Asserts that two values are not deeply equal. */
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  std.assertNotEquals;

/** Asserts identity (`Object.is`). */
export const assertStrictEquals: <T>(actual: T, expected: T, message?: string) => void =
  std.assertStrictEquals;

/** Asserts that two numbers differ by no more than `tolerance` (default: 1e-7 relative). */
export const assertAlmostEquals: (
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
) => void = std.assertAlmostEquals;

/** Asserts that a value is neither null nor undefined. */
export const assertExists: <T>(value: T, message?: string) => asserts value is NonNullable<T> =
  std.assertExists;

/** Asserts that a value is an instance of a class. */
export const assertInstanceOf: <T>(
  value: unknown,
  expected: Class<T>,
  message?: string,
) => asserts value is T = std.assertInstanceOf;

/** Asserts `actual > expected`. */
export const assertGreater: <T>(actual: T, expected: T, message?: string) => void =
  std.assertGreater;

/** Asserts `actual >= expected`. */
export const assertGreaterOrEqual: <T>(actual: T, expected: T, message?: string) => void =
  std.assertGreaterOrEqual;

/** Asserts `actual < expected`. */
export const assertLess: <T>(actual: T, expected: T, message?: string) => void = std.assertLess;

/** Asserts `actual <= expected`. */
export const assertLessOrEqual: <T>(actual: T, expected: T, message?: string) => void =
  std.assertLessOrEqual;

/** Asserts that a text matches a pattern. */
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  std.assertMatch;

/** Asserts that a text does not match a pattern. */
export const assertNotMatch: (actual: string, expected: RegExp, message?: string) => void =
  std.assertNotMatch;

/** Asserts that a text contains another. */
export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  std.assertStringIncludes;

/** Asserts that an array holds all of the expected values. */
export const assertArrayIncludes: <T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
) => void = std.assertArrayIncludes;

/** Asserts that an object holds at least the expected entries. */
export const assertObjectMatch: (
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
) => void = std.assertObjectMatch;

/**
 * Asserts that a function throws, with a class and a part of the message if they are given.
 *
 * @returns The error, for further checks.
 */

export const assertThrows: <E extends Error = Error>(
  run: () => unknown,
  errorClass?: Class<E>,
  messageIncludes?: string,
  message?: string,
) => E = std.assertThrows;

/**
 * Asserts that a promise is rejected, with a class and a part of the message if they are given.
 *
 * @returns The error, for further checks.
 */
export const assertRejects: <E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: Class<E>,
  messageIncludes?: string,
  message?: string,
) => Promise<E> = std.assertRejects;

/** Fails always. */
export const fail: (message?: string) => never = std.fail;
