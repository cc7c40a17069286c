/**
 * Pretraining from a configuration to the last checkpoint, in order.
 *
 * @module
 */

import type { RunConfig } from "../documents/mod.ts";
import { type Cluster, disposeTree, type EngineInfo, startEngine } from "../engine/mod.ts";
import { UsageError } from "../util/mod.ts";
import { checkpointFolder } from "./checkpoint.ts";
import { type Role, takeRole } from "./distribution.ts";
import { checkMemory, stepCost } from "./estimate.ts";
import { stopped, watchSignals } from "./interruption.ts";
import { shareOf, type StepRecord, trainSteps, type TrainTask } from "./loop.ts";
import { createMeter, type Meter } from "./meter.ts";
import { modelCard } from "./model_card.ts";
import {
  type PreparedRun,
  type PrepareHooks,
  prepareRun,
  type PretrainOptions,
} from "./prepare_run.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunLog } from "./run_log.ts";
import type { Saver } from "./saver.ts";
import { learningRate } from "./schedule.ts";
import type { TrainState } from "./train_state.ts";
import { isTrainable, type TrainableModel } from "./train_step.ts";
import type { Validated, ValidatedRun, Validation } from "./validation.ts";

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
export interface PretrainHooks extends PrepareHooks {
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
  const role = await takeRole(hooks.cluster, hooks);

  // Configuration: nothing is written before it is complete.
  await using folder = await role.openRun(options.out, options.resume ?? false);
  await using prepared = await prepareRun(options, folder.saved, hooks);
  const { config, model } = prepared;
  await role.agree(folder, config);

  const engine = await startEngine({ ...config.engine, purpose: "training" });
  if (engine.reason !== undefined) hooks.note?.(engine.reason);
  const { batchSize } = config.training;
  checkMemory(engine.backend, batchSize, (size) => stepCost(model, size));

  // Weights: of the newest checkpoint, else of another run, else drawn from the seed.
  const start = await role.initialState(folder, config, model, hooks);
  const { state } = start;
  const { command } = options;
  await role.record(folder, config, {
    step: state.step,
    engine,
    ...(command !== undefined && { command }),
  });

  await using log = await role.openLog(folder, state.step, config);
  const run = { path: folder.path, config, model, step: state.step, mode: engine.compile };
  await using validation = await hooks.openValidation?.(run);
  const saver = role.createSaver({
    ...start,
    ...{ run: run.path, config, model, log, bestStep: validation?.bestStep },
  });
  const meter = createMeter(batchSize);
  const session: Session = {
    ...{ role, folder, prepared, engine, state, log, validation, saver, meter, hooks },
    startStep: state.step,
    signals: watch,
    metrics: start.metrics,
  };
  try {
    await takeSteps(session);
  } catch (error) {
    const { metrics } = session;
    throw await role.explain(error, { run: run.path, config, state, saver, metrics });
  } finally {
    disposeTree(state.tensors);
  }
  return resultOf(session);
}

/** A session of a run, from the first step that it takes on. */
interface Session {
  readonly role: Role;
  readonly folder: RunFolder;
  readonly prepared: PreparedRun;
  readonly engine: EngineInfo;
  readonly state: TrainState;
  readonly startStep: number;
  readonly log: RunLog;
  readonly validation: Validation | undefined;
  readonly saver: Saver;
  readonly meter: Meter;
  readonly hooks: PretrainHooks;
  readonly signals: ReturnType<typeof watchSignals> | undefined;
  /** Those of the last step. */
  metrics: Readonly<Record<string, number>>;
}

/** Takes all steps that are left, saves the last one and leaves the other processes. */
async function takeSteps(session: Session): Promise<void> {
  const { role, folder, prepared, state, saver, signals } = session;
  const { config, model } = prepared;
  if (isTrainable(model)) {
    for await (const record of trainSteps(taskOf(session, model), state)) {
      if (signals !== undefined) signals.exitAtOnce = false;
      const validated = await session.validation?.after(state);
      session.metrics = { ...record.metrics, ...validated?.metrics };
      await reportStep(session, record, validated);
      const stop = role.stopsAfter(record, signals?.received() !== undefined);
      if (stop || validated?.isBest || saver.due(record.step)) await saver.save(session.metrics);
      if (stop && record.step < config.training.steps) {
        await role.leave();
        throw stopped(signals?.received(), record.step, folder.path, config);
      }
    }
  }
  if (saver.savedStep() !== state.step) await saver.save(session.metrics);
  const card = modelCard(prepared, { step: state.step, metrics: session.metrics });
  await role.writePage(folder, "README.md", card);
  await role.leave();
}

/** Writes a step into the log and tells whoever watches. */
async function reportStep(
  { prepared: { config }, startStep, log, meter, hooks, metrics }: Session,
  record: StepRecord,
  validated: Validated | undefined,
): Promise<void> {
  const { step } = record;
  const { steps } = config.training;
  if (step === startStep + 1) checkKeepBest(config, metrics);
  meter.count(record.waited);
  if (isLogged(step, config) || validated !== undefined) {
    await log.add({ ...record, metrics }, { seconds: meter.seconds(), ...meter.lap() });
  }
  hooks.onProgress?.({
    ...{ step, steps, metrics },
    samplesPerSecond: meter.samplesPerSecond(),
    secondsLeft: meter.secondsFor(steps - step),
  });
}

function resultOf({ folder: { path }, state, startStep, meter, metrics }: Session): PretrainResult {
  return {
    run: path,
    checkpoint: checkpointFolder(path, state.step),
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
  { role: { workers }, prepared: { config, data }, engine, signals }: Session,
  model: TrainableModel,
): TrainTask {
  const { training, logging: { healthEvery } } = config;
  const { seed, steps, batchSize, schedule, weightDecay } = training;
  const share = shareOf(batchSize, workers);
  return {
    ...{ model, seed, steps, batchSize, weightDecay, healthEvery, workers },
    mode: engine.compile,
    batch: (step) => data.batch({ seed, step, batchSize, ...share }),
    learningRate: (step) => learningRate(schedule, training.learningRate, step, steps),
    wantsStop: () => signals?.received() !== undefined,
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
