/**
 * Streams that remember what was written, so that the command line can be tested in one process.
 *
 * @module
 */

import type { Surroundings } from "../../cli/main.ts";
import type { Sink } from "../../lib/terminal/output.ts";

/** A stream that keeps its text. */
export interface MemorySink extends Sink {
  readonly text: string;
}

/** A stream that keeps its text. */
export function memorySink(options: { terminal?: boolean; width?: number } = {}): MemorySink {
  const parts: string[] = [];
  return {
    terminal: options.terminal ?? false,
    width: options.width ?? 100,
    write: (text) => void parts.push(text),
    get text() {
      return parts.join("");
    },
  };
}

/** Surroundings that share nothing with the process. */
export function memorySurroundings(
  environment: Readonly<Record<string, string>> = {},
): Surroundings & { readonly stdout: MemorySink; readonly stderr: MemorySink } {
  return {
    stdout: memorySink(),
    stderr: memorySink(),
    environment: (name) => environment[name],
  };
}
