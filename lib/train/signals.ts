/**
 * Stopping a run from outside without losing anything.
 *
 * @module
 */

import { exitNow } from "../engine/mod.ts";
import type { ExitCode } from "../util/mod.ts";

/** Signals that ask a run to stop, with the exit codes that follow. SIGUSR1 is Slurm's early warning. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 143 } as const;

/** A signal that asks a run to stop. */
export type StopSignal = keyof typeof exitCodes;

/** Watches for signals until it is disposed of. */
export interface SignalWatch extends Disposable {
  /** The signal that came first, if one came. */
  readonly received: () => StopSignal | undefined;
  /**
   * Whether a signal ends the process at once, as it does while nothing could be saved. After this is
   * switched off, the first signal is only noted, and a second one ends the process.
   */
  exitAtOnce: boolean;
}

/** Exit code that follows a signal after a clean stop. */
export function signalExitCode(signal: StopSignal): ExitCode {
  return exitCodes[signal];
}

/**
 * Starts to watch for SIGINT, SIGTERM and SIGUSR1.
 *
 * Listeners run only when the event loop turns, so whoever computes must let it turn often.
 */
export function watchSignals(exit: (code: number) => void = exitNow): SignalWatch {
  let received: StopSignal | undefined;
  const watch: SignalWatch = {
    received: () => received,
    exitAtOnce: true,
    [Symbol.dispose]: () => {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
  const names: readonly StopSignal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGUSR1"];
  const listeners = names.map((signal): [StopSignal, () => void] => [signal, () => {
    if (watch.exitAtOnce || received !== undefined) exit(exitCodes[signal]);
    received ??= signal;
  }]);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return watch;
}
