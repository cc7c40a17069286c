/**
 * Errors of a run that ends before its last step: what is left, and how to go on.
 *
 * @module
 */

import { LostWorkerError } from "../engine/mod.ts";
import { AppError, NumericError } from "../util/mod.ts";
import { checkpointFolder } from "./checkpoint.ts";
import { resumeCommand } from "./resume_command.ts";
import type { RunConfig } from "../documents/mod.ts";
import type { Saver } from "./saver.ts";
import { signalExitCode, type StopSignal } from "./signals.ts";
import type { TrainState } from "./train_state.ts";

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

/** The error of a chief that has lost a worker, with what is left and how to go on. */
export function withResumption(
  error: LostWorkerError,
  run: string,
  step: number,
  config: RunConfig,
): LostWorkerError {
  return new LostWorkerError(
    `${error.message}; "${checkpointFolder(run, step)}" is complete`,
    { cause: error, hint: `Go on, with all workers, with: ${resumeCommand(run, config)}` },
  );
}

/** Saves the weights before the step that failed and says where they are. */
export async function withLastFinite(
  error: NumericError,
  run: string,
  state: TrainState,
  saver: Saver,
  metrics: Readonly<Record<string, number>>,
): Promise<NumericError> {
  try {
    if (saver.savedStep() !== state.step) await saver.save(metrics);
  } catch (cause) {
    if (!(cause instanceof NumericError)) throw cause;
  }
  const step = saver.savedStep();
  return new NumericError(error.message, {
    cause: error,
    hint: (step === undefined
      ? "There is no checkpoint yet"
      : `The last finite weights are in "${checkpointFolder(run, step)}"`) +
      "; a smaller --lr or --inner-lr may help",
  });
}
