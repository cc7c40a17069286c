/**
 * Lets SIGINT and SIGTERM stop work that can clean up after itself.
 *
 * @module
 */

import { AppError } from "../util/mod.ts";

/** An abort signal that listens to the process's signals until it is disposed of. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Starts to listen: the first signal aborts, a second one ends the process at once.
 *
 * @param remark What is left behind, for the message.
 */
export function listenForStop(remark: string): StopSignal {
  const controller = new AbortController();
  const codes = Deno.build.os === "windows"
    ? [["SIGINT", 130]] as const
    : [["SIGINT", 130], ["SIGTERM", 143]] as const;
  const listeners = codes.map(([name, code]) => {
    const listener = () => {
      if (controller.signal.aborted) Deno.exit(code);
      controller.abort(new AppError(code, `Stopped by ${name}: ${remark}`));
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
