/**
 * Pretraining from a configuration to the last checkpoint, in order.
 *
 * @module
 */

import {
  type Cluster,
  type CompileMode,
  disposeTree,
  LostWorkerError,
  startEngine,
  type Workers,
} from "../engine/mod.ts";
import { join, NumericError, UsageError, writeFileAtomic } from "../util/mod.ts";
import { checkpointFolder } from "./checkpoint.ts";
import { describeSession } from "./environment.ts";
import { stopped, withLastFinite, withResumption } from "./early_end.ts";
import { checkMemory, stepCost } from "./estimate.ts";
import { shareOf, trainSteps, type TrainTask } from "./loop.ts";
import { createMeter } from "./meter.ts";
import type { RunConfig } from "../documents/mod.ts";
import { checkResumed, openRunFolder, recordSession, writeRunConfig } from "./run_folder.ts";
import { modelCard } from "./model_card.ts";
import { noLog, openRunLog } from "./run_log.ts";
import { createSaver, noSaver } from "./saver.ts";
import { learningRate } from "./schedule.ts";
import { watchSignals } from "./signals.ts";
import { startingPoint } from "./starting_point.ts";
import { openSubject, type PretrainOptions, type SubjectHooks } from "./subject.ts";
import type { TrainData } from "./train_data.ts";
import {
  blankStart,
  checkFollowed,
  checkSharing,
  followChief,
  meetWorkers,
  partTogether,
  shareConfig,
  shareState,
} from "./together.ts";
import { isTrainable, type TrainableModel } from "./train_step.ts";
import type { ValidatedRun, Validation } from "./validation.ts";

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
  /** Makes what measures the weights on other samples while they are trained. */
  readonly openValidation?: (run: ValidatedRun) => Promise<Validation>;
  /** Whether SIGINT, SIGTERM and SIGUSR1 stop the run after a checkpoint. */
  readonly handleSignals?: boolean;
  /**
   * Processes that share every batch, each of which calls this function with the same options. Only the
   * first one, the chief, uses the run folder.
   */
  readonly cluster?: Cluster | undefined;
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
 * @throws {MissingError} If a worker of the cluster does not come.
 * @throws {LostWorkerError} If another worker is gone; the chief has saved the weights of the last step.
 * @throws {AppError} With exit code 130 or 143 if a signal stopped the run after a checkpoint.
 */
export async function pretrain(
  options: PretrainOptions,
  hooks: PretrainHooks = {},
): Promise<PretrainResult> {
  using watch = hooks.handleSignals ? watchSignals() : undefined;
  const workers = hooks.cluster && await meetWorkers(hooks.cluster, hooks);
  const leads = workers === undefined || workers.rank === 0;

  // Configuration: nothing is written before it is complete.
  await using folder = leads
    ? await openRunFolder(options.out, options.resume ?? false)
    : await followChief(workers, options.out);
  await using subject = await openSubject(options, folder.saved, hooks);
  const { data, config, model } = subject;
  if (leads) checkResumed(folder, config);
  else checkFollowed(folder, config);
  const { training, logging } = config;
  if (workers !== undefined) {
    if (leads) await shareConfig(workers, config);
    checkSharing(config, workers);
  }

  // Engine.
  const engine = await startEngine({ ...config.engine, purpose: "training" });
  if (engine.reason !== undefined) hooks.note?.(engine.reason);
  checkMemory(engine.backend, training.batchSize, (size) => stepCost(model, size));

  // Weights: of the newest checkpoint, else of another run, else drawn from the seed.
  const start = leads
    ? await startingPoint(folder, config, model, hooks)
    : blankStart(model, config);
  const { state } = start;
  if (workers !== undefined) await shareState(workers, state);
  if (leads) {
    await writeRunConfig(folder, config);
    const session = await describeSession(state.step, engine, workers?.size);
    await recordSession(folder.path, session, options.command);
  }

  // Training.
  await using log = leads ? await openRunLog(folder.path, state.step, logging) : noLog;
  const run = { path: folder.path, config, model, step: state.step, mode: engine.compile };
  await using validation = await hooks.openValidation?.(run);
  const saver = leads
    ? createSaver({ ...start, run: run.path, config, model, log, bestStep: validation?.bestStep })
    : noSaver;
  const meter = createMeter(training.batchSize);
  const startStep = state.step;
  let { metrics } = start;
  try {
    if (isTrainable(model)) {
      const task = {
        ...taskOf(config, model, data, engine.compile, workers),
        wantsStop: () => watch?.received() !== undefined,
      };
      for await (const record of trainSteps(task, state)) {
        if (watch !== undefined) watch.exitAtOnce = false;
        const validated = await validation?.after(state);
        metrics = { ...record.metrics, ...validated?.metrics };
        if (record.step === startStep + 1) checkKeepBest(config, metrics);
        meter.count(record.waited);
        if (isLogged(record.step, config) || validated !== undefined) {
          await log.add({ ...record, metrics }, { seconds: meter.seconds(), ...meter.lap() });
        }
        hooks.onProgress?.({
          step: record.step,
          steps: training.steps,
          metrics,
          samplesPerSecond: meter.samplesPerSecond(),
          secondsLeft: meter.secondsFor(training.steps - record.step),
        });
        // Other workers may be a step ahead of a signal, so all stop when all have heard of it.
        const stop = workers === undefined ? watch?.received() !== undefined : record.stop;
        if (stop || validated?.isBest || saver.due(record.step)) await saver.save(metrics);
        if (stop && record.step < training.steps) {
          if (workers !== undefined) await partTogether(workers);
          throw stopped(watch?.received(), record.step, folder.path, config);
        }
      }
    }
    if (saver.savedStep() !== state.step) await saver.save(metrics);
    const card = modelCard(subject, { step: state.step, metrics });
    if (leads) await writeFileAtomic(join(folder.path, "README.md"), card);
    if (workers !== undefined) await partTogether(workers);
  } catch (error) {
    if (!leads) throw error;
    if (error instanceof LostWorkerError) {
      if (saver.savedStep() !== state.step) await saver.save(metrics);
      throw withResumption(error, folder.path, state.step, config);
    }
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
  const { logEvery, healthEvery } = logging;
  return step % logEvery === 0 || step === 1 || step === training.steps ||
    (healthEvery > 0 && step % healthEvery === 0);
}

function taskOf(
  { training, logging }: RunConfig,
  model: TrainableModel,
  data: TrainData,
  mode: CompileMode,
  workers: Workers | undefined,
): TrainTask {
  const { seed, steps, batchSize, schedule, weightDecay } = training;
  const share = shareOf(batchSize, workers);
  return {
    model,
    mode,
    seed,
    steps,
    batchSize,
    batch: (step) => data.batch({ seed, step, batchSize, ...share }),
    learningRate: (step) => learningRate(schedule, training.learningRate, step, steps),
    weightDecay,
    healthEvery: logging.healthEvery,
    workers,
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
