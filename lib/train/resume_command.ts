/**
 * The command line that goes on with a run.
 *
 * @module
 */

import type { RunConfig } from "../documents/mod.ts";

/**
 * A command line for a POSIX shell that resumes a run; everything else is in its configuration.
 *
 * @example
 * ```ts
 * import { shellQuote } from "./resume_command.ts";
 * console.assert(shellQuote("my run") === "'my run'");
 * ```
 */

export function resumeCommand(run: string, { method, task, data, training }: RunConfig): string {
  const words = task === undefined
    ? ["pretrain", "--method", method]
    : ["adapt", "--mode", "finetune", "--run", training.from ?? "RUN"];
  return ["metamae", ...words, "--data", data.folder, "--out", run, "--resume"]
    .map(shellQuote).join(" ");
}

/** A word as a POSIX shell reads it. */
export function shellQuote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
