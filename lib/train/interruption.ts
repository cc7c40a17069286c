/**
 * Runs that end before their last step: by a signal, after a checkpoint, or by an error, with what
 * is left and how to go on.
 *
 * @module
 */

import { exitNow, LostWorkerError } from "../engine/mod.ts";
import { AppError, type ExitCode, NumericError, shellLine } from "../util/mod.ts";
import { checkpointFolder } from "./checkpoint.ts";
import type { RunConfig } from "../documents/mod.ts";
import type { Saver } from "./saver.ts";
import type { TrainState } from "./train_state.ts";

/**
 * Signals that ask a run to stop, with the exit codes that follow. SIGUSR1 is Slurm's early
 * warning.
 */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 143 } as const;

/** A signal that asks a run to stop. */
export type StopSignal = keyof typeof exitCodes;

/** Watches for signals until it is disposed of. */
export interface SignalWatch extends Disposable {
  /** The signal that came first, if one came. */
  readonly received: () => StopSignal | undefined;
  /**
   * Whether a signal ends the process at once, as it does while nothing could be saved. After this
   * is switched off, the first signal is only noted, and a second one ends the process.
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

/**
 * The end by a signal, after a checkpoint.
 *
 * @param signal Nothing if another worker received it.
 */
export function stopped(
  signal: StopSignal | undefined,
  step: number,
  run: string,
  config: RunConfig,
): AppError {
  return new AppError(
    signalExitCode(signal ?? "SIGTERM"),
    `Stopped by ${
      signal ?? "a signal to another worker"
    } after step ${step} of ${config.training.steps}: ` +
      `"${checkpointFolder(run, step)}" is complete`,
    { hint: `Go on with: ${resumeCommand(run, config)}` },
  );
}

/** What is known of a run that an error ends. */
export interface Interrupted {
  /** Run folder. */
  readonly run: string;
  readonly config: RunConfig;
  /** State before the step that failed. */
  readonly state: TrainState;
  readonly saver: Saver;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The error that ends a run, with what is left and how to go on. Where a worker is lost or a number
 * is not finite, the weights before the step that failed are saved first.
 */
export async function explainInterruption(
  error: unknown,
  { run, config, state, saver, metrics }: Interrupted,
): Promise<unknown> {
  const save = async () => {
    if (saver.savedStep() !== state.step) await saver.save(metrics);
  };
  if (error instanceof LostWorkerError) {
    await save();
    return new LostWorkerError(
      `${error.message}; "${checkpointFolder(run, state.step)}" is complete`,
      { cause: error, hint: `Go on, with all workers, with: ${resumeCommand(run, config)}` },
    );
  }
  if (!(error instanceof NumericError)) return error;
  await save().catch((cause) => {
    if (!(cause instanceof NumericError)) throw cause;
  });
  const step = saver.savedStep();
  return new NumericError(error.message, {
    cause: error,
    hint: (step === undefined
      ? "There is no checkpoint yet"
      : `The last finite weights are in "${checkpointFolder(run, step)}"`) +
      "; a smaller --lr or --inner-lr may help",
  });
}

/**
 * A command line for a POSIX shell that resumes a run; everything else is in its configuration.
 */
export function resumeCommand(run: string, { method, task, data, training }: RunConfig): string {
  const words = task === undefined
    ? ["pretrain", "--method", method]
    : ["adapt", "--mode", "finetune", "--run", training.from ?? "RUN"];
  return shellLine(["metamae", ...words, "--data", data.folder, "--out", run, "--resume"]);
}
