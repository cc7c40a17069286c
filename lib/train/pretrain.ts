/**
 * Pretraining from a configuration to the last checkpoint, in order.
 *
 * @module
 */

import { startEngine } from "../engine/backend.ts";
import type { CompileMode } from "../engine/compile.ts";
import { disposeTree } from "../engine/tensors.ts";
import { writeFileAtomic } from "../util/atomic_write.ts";
import { AppError, NumericError, UsageError } from "../util/errors.ts";
import { join } from "../util/path.ts";
import { checkpointFolder } from "./checkpoint.ts";
import { describeSession } from "./environment.ts";
import { checkMemory, costProfile, stepCost } from "./estimate.ts";
import { trainSteps, type TrainTask } from "./loop.ts";
import { createMeter } from "./meter.ts";
import { resumeCommand } from "./resume_command.ts";
import type { RunConfig } from "./run_config.ts";
import { checkResumed, openRunFolder, recordSession, writeRunConfig } from "./run_folder.ts";
import { modelCard } from "./model_card.ts";
import { openRunLog } from "./run_log.ts";
import { createSaver, type Saver } from "./saver.ts";
import { learningRate } from "./schedule.ts";
import { signalExitCode, type StopSignal, watchSignals } from "./signals.ts";
import { startingPoint } from "./starting_point.ts";
import { openSubject, type PretrainOptions, type SubjectHooks } from "./subject.ts";
import type { TrainData } from "./train_data.ts";
import type { TrainState } from "./train_state.ts";
import { isTrainable, type TrainableModel } from "./train_step.ts";

export type { PretrainOptions } from "./subject.ts";

/** State of a run after a step. */
export interface PretrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Samples per second without the first step, which compiles; 0 before the second. */
  readonly samplesPerSecond: number;
  /** Estimated seconds to the last step. */
  readonly secondsLeft: number | undefined;
}

/** What surrounds a run; everything may be left out. */
export interface PretrainHooks extends SubjectHooks {
  /** Called after every step. */
  readonly onProgress?: (progress: PretrainProgress) => void;
  /** Tells the user something worth knowing. */
  readonly note?: (message: string) => void;
  /** Tells the user about something unusual that does not stop the run. */
  readonly warn?: (message: string) => void;
  /** Whether SIGINT, SIGTERM and SIGUSR1 stop the run after a checkpoint. */
  readonly handleSignals?: boolean;
}

/** How a run ended. */
export interface PretrainResult {
  /** Absolute path of the run folder. */
  readonly run: string;
  /** Folder of the last checkpoint. */
  readonly checkpoint: string;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps taken in this session. */
  readonly stepsTaken: number;
  /** Seconds of training in this session. */
  readonly seconds: number;
  /** Samples per second without the first step; 0 if there was no second one. */
  readonly samplesPerSecond: number;
  /** Loss of the last step; undefined for a method that is not trained. */
  readonly loss: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Pretrains a model, or goes on with a run.
 *
 * @throws {UsageError} If the configuration is wrong, the folder holds a run that is not to be resumed,
 * or the run that is resumed has another configuration.
 * @throws {LockedError} If another process is training in the folder.
 * @throws {NumericError} If a number becomes NaN or infinite; the last finite weights are saved.
 * @throws {StorageError} If something cannot be written.
 * @throws {AppError} With exit code 130 or 143 if a signal stopped the run after a checkpoint.
 */
export async function pretrain(
  options: PretrainOptions,
  hooks: PretrainHooks = {},
): Promise<PretrainResult> {
  using watch = hooks.handleSignals ? watchSignals() : undefined;

  // Configuration: nothing is written before it is complete.
  await using folder = await openRunFolder(options.out, options.resume ?? false);
  await using subject = await openSubject(options, folder.saved, hooks);
  const { data, config, model } = subject;
  checkResumed(folder, config);
  const { training, logging } = config;

  // Engine.
  const engine = await startEngine({ ...config.engine, purpose: "training" });
  if (engine.reason !== undefined) hooks.note?.(engine.reason);
  const profile = costProfile(model, config.methodOptions);
  checkMemory(engine.backend, training.batchSize, (size) => stepCost(model, profile, size));

  // Weights: of the newest checkpoint, else of another run, else drawn from the seed.
  const start = await startingPoint(folder, config, model, hooks);
  const { state } = start;
  await writeRunConfig(folder, config);
  const session = await describeSession(state.step, engine);
  await recordSession(folder.path, session, options.command);

  // Training.
  await using log = await openRunLog(folder.path, state.step, logging);
  const saver = createSaver({ ...start, run: folder.path, config, model, log });
  const meter = createMeter(training.batchSize);
  const startStep = state.step;
  let { metrics } = start;
  try {
    if (isTrainable(model)) {
      for await (const record of trainSteps(taskOf(config, model, data, engine.compile), state)) {
        if (watch !== undefined) watch.exitAtOnce = false;
        metrics = record.metrics;
        if (record.step === startStep + 1) checkKeepBest(config, metrics);
        meter.count(record.waited);
        if (isLogged(record.step, config)) {
          await log.add(record, { seconds: meter.seconds(), ...meter.lap() });
        }
        hooks.onProgress?.({
          step: record.step,
          steps: training.steps,
          metrics,
          samplesPerSecond: meter.samplesPerSecond(),
          secondsLeft: meter.secondsFor(training.steps - record.step),
        });
        const signal = watch?.received();
        if (signal !== undefined || saver.due(record.step)) await saver.save(metrics);
        if (signal !== undefined && record.step < training.steps) {
          throw stopped(signal, record.step, folder.path, config);
        }
      }
    }
    if (saver.savedStep() !== state.step) await saver.save(metrics);
    const card = modelCard(subject, { step: state.step, metrics });
    await writeFileAtomic(join(folder.path, "README.md"), card);
  } catch (error) {
    throw error instanceof NumericError
      ? await withLastFinite(error, folder.path, state, saver, metrics)
      : error;
  } finally {
    disposeTree(state.tensors);
  }

  return {
    run: folder.path,
    checkpoint: checkpointFolder(folder.path, state.step),
    steps: state.step,
    stepsTaken: state.step - startStep,
    seconds: meter.seconds(),
    samplesPerSecond: meter.samplesPerSecond(),
    loss: metrics["loss"],
    metrics,
  };
}

function isLogged(step: number, { training, logging }: RunConfig): boolean {
  return step % logging.logEvery === 0 || step === 1 || step === training.steps;
}

function taskOf(
  { training }: RunConfig,
  model: TrainableModel,
  data: TrainData,
  mode: CompileMode,
): TrainTask {
  const { seed, steps, batchSize, schedule, weightDecay } = training;
  return {
    model,
    mode,
    seed,
    steps,
    batchSize,
    batch: (step) => data.batch({ seed, step, batchSize }),
    learningRate: (step) => learningRate(schedule, training.learningRate, step, steps),
    weightDecay,
  };
}

/** Notices a metric that does not exist before hours are spent on a run that cannot be saved. */
function checkKeepBest(
  { logging: { keepBest } }: RunConfig,
  metrics: Readonly<Record<string, number>>,
): void {
  if (keepBest === undefined || keepBest in metrics) return;
  throw new UsageError(
    `Cannot keep the best checkpoint by "${keepBest}": the metrics are ${
      Object.keys(metrics).join(", ")
    }`,
  );
}

function stopped(signal: StopSignal, step: number, run: string, config: RunConfig): AppError {
  return new AppError(
    signalExitCode(signal),
    `Stopped by ${signal} after step ${step} of ${config.training.steps}: ` +
      `"${checkpointFolder(run, step)}" is complete`,
    { hint: `Go on with: ${resumeCommand(run, config)}` },
  );
}

/** Saves the weights before the step that failed and says where they are. */
async function withLastFinite(
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
