/**
 * Errors that a user can act on, each with the exit code that the command line documents.
 *
 * Messages follow one pattern: the action that failed, a colon, what is and what was wanted,
 * without a final period: `Cannot read shard "x.bin": the file has 120 bytes, the header promises
 * 4096`.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The npm build that the import map names ships no types. */
const editDistance: (a: string, b: string) => number = levenshteinDistance;

/** Exit codes of the command line; 0 is success and 1 an internal error. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 130 | 143;

/** Options of {@linkcode AppError} and its subclasses. */
export interface AppErrorOptions extends ErrorOptions {
  /** What the user can do about it: one sentence or one command. */
  readonly hint?: string;
}

/** Base of every error that is meant to be read by a user. */
export class AppError extends Error {
  /** The exit code that the command line ends with. */
  readonly exitCode: ExitCode;
  /** What the user can do about it, if anything. */
  readonly hint: string | undefined;

  /** Makes an error that the command line ends with `exitCode` for. */
  constructor(exitCode: ExitCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
    this.hint = options.hint;
  }
}

/** Usage or configuration is wrong, or a checkpoint does not fit the model (exit code 2). */
export class UsageError extends AppError {
  /** Makes the error of exit code 2. */
  constructor(message: string, options?: AppErrorOptions) {
    super(2, message, options);
  }
}

/** Input data is bad, damaged or of a newer format (exit code 3). */
export class DataError extends AppError {
  /** Makes the error of exit code 3. */
  constructor(message: string, options?: AppErrorOptions) {
    super(3, message, options);
  }
}

/** Reading or writing failed: space, permission, a vanished disk (exit code 4). */
export class StorageError extends AppError {
  /** Makes the error of exit code 4. */
  constructor(message: string, options?: AppErrorOptions) {
    super(4, message, options);
  }
}

/** A number became NaN or infinite, or training diverged (exit code 5). */
export class NumericError extends AppError {
  /** Makes the error of exit code 5. */
  constructor(message: string, options?: AppErrorOptions) {
    super(5, message, options);
  }
}

/** The folder is in use by another run (exit code 6). */
export class LockedError extends AppError {
  /** Makes the error of exit code 6. */
  constructor(message: string, options?: AppErrorOptions) {
    super(6, message, options);
  }
}

/** A prerequisite is missing: engine, raw files, a permission flag, memory (exit code 7). */
export class MissingError extends AppError {
  /** Makes the error of exit code 7. */
  constructor(message: string, options?: AppErrorOptions) {
    super(7, message, options);
  }
}

/** A required score was not reached (exit code 8). */
export class ScoreError extends AppError {
  /** Makes the error of exit code 8. */
  constructor(message: string, options?: AppErrorOptions) {
    super(8, message, options);
  }
}

/**
 * The error of a file or stream whose contents are wrong.
 *
 * @param name What is read.
 * @param problem What is wrong, and what was wanted.
 */
export function unreadable(name: string, problem: string, cause?: unknown): DataError {
  return new DataError(`Cannot read "${name}": ${problem}`, { cause });
}

/** What a caught value says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Looks a name up and fails with the list of valid names.
 *
 * @param kind What the name denotes, for the message, such as `method`.
 * @throws {UsageError} If the table has no such name; the message lists the valid ones and the
 * nearest one is suggested.
 */
export function lookUp<T>(kind: string, name: string, table: ReadonlyMap<string, T>): T {
  const found = table.get(name);
  if (found !== undefined) return found;
  const names = [...table.keys()];
  const near = nearest(name, names);
  throw new UsageError(
    `Unknown ${kind} "${name}": the valid names are ${names.join(", ")}`,
    near === undefined ? {} : { hint: `Did you mean "${near}"?` },
  );
}

/** The candidate within a small edit distance of `name`, if there is one. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}
