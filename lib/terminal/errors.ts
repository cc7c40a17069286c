/**
 * From anything that was thrown to an exit code and a message.
 *
 * @module
 */

import { AppError, type ExitCode, explainIoError } from "../util/mod.ts";

/** An error as the user sees it. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string | undefined;
  /** Where it happened; shown only on request. */
  readonly stack: string | undefined;
}

/**
 * What the user is told about an error: actionable errors as they are, refusals of the file system
 * and missing permissions explained, everything else as an internal error.
 */
export function describeFailure(error: unknown): Failure {
  const explained = explainIoError(error, actionOf(error));
  const stack = error instanceof Error ? error.stack : undefined;
  if (explained instanceof AppError) {
    return {
      exitCode: explained.exitCode,
      message: explained.message,
      hint: explained.hint,
      stack,
    };
  }
  return {
    exitCode: 1,
    message: `Internal error: ${error instanceof Error ? error.message : String(error)}`,
    hint: "Set METAMAE_DEBUG=1 to see where it happened, and report it together with the output " +
      'of "metamae doctor"',
    stack,
  };
}

/**
 * Whether the reader of stdout has gone away, as `| head` does: no failure, since it has what it
 * wanted.
 */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe;
}

/** Renders a failure for people: message, hint, and with `debug` the stack. */
export function failureText(failure: Failure, debug: boolean): string {
  const lines = [`Error: ${failure.message}`];
  if (failure.hint !== undefined) lines.push(`Hint: ${failure.hint}`);
  if (debug && failure.stack !== undefined) lines.push(failure.stack);
  return `${lines.join("\n")}\n`;
}

/** Renders a failure as one line of JSON. */
export function failureJson(failure: Failure): string {
  const { exitCode, message, hint = null } = failure;
  return `${JSON.stringify({ schema: "metamae/error", version: 1, exitCode, message, hint })}\n`;
}

/** The runtime names the path behind its message: `..., open '/x/y'`. */
function actionOf(error: unknown): string {
  const path = error instanceof Error ? /'([^']+)'$/.exec(error.message)?.[1] : undefined;
  return path === undefined ? "Cannot go on" : `Cannot use "${path}"`;
}
