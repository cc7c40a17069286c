/**
 * Pretraining from a configuration to the last checkpoint, in order.
 *
 * @module
 */

import type { RunConfig } from "../documents/mod.ts";
import {
  type Cluster,
  type CompileMode,
  disposeTree,
  type EngineInfo,
  startEngine,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { describeInput } from "../spec/mod.ts";
import { UsageError } from "../util/mod.ts";
import { checkpointFolder } from "./checkpoint.ts";
import { type Role, takeRole } from "./distribution.ts";
import { checkMemory, stepCost } from "./estimate.ts";
import { stopped, watchSignals } from "./interruption.ts";
import { shareOf, type StepRecord, trainSteps, type TrainTask } from "./loop.ts";
import { countParameters } from "./parameters.ts";
import {
  type PreparedRun,
  type PrepareHooks,
  prepareRun,
  type PretrainOptions,
} from "./prepare_run.ts";
import type { RunFolder } from "./run_folder.ts";
import { createMeter, type Meter, type RunLog } from "./run_log.ts";
import type { Saver } from "./saver.ts";
import { learningRate } from "./optimizer.ts";
import type { TrainState } from "./train_state.ts";
import { isTrainable, type TrainableModel } from "./train_step.ts";

/** State of a run after a step. */
export interface PretrainProgress {
  /** Steps that were taken. */
  readonly step: number;
  /** Steps that the run has in all. */
  readonly steps: number;
  /** Loss and further values of the step by name. */
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
   * Processes that share every batch, each of which calls this function with the same options. Only
   * the first one, the chief, uses the run folder.
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
  /** Loss and further values of the last step by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Pretrains a model, or goes on with a run.
 *
 * @throws {UsageError} If the configuration is wrong, the folder holds a run that is not to be
 * resumed, or the run that is resumed has another configuration.
 * @throws {LockedError} If another process is training in the folder.
 * @throws {NumericError} If a number becomes NaN or infinite; the last finite weights are saved.
 * @throws {StorageError} If something cannot be written.
 * @throws {MissingError} If a worker of the cluster does not come.
 * @throws {LostWorkerError} If another worker is gone; the chief has saved the weights of the last
 * step.
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

/** How the run ended. */
export interface CardOutcome {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Text of `README.md` in a run folder: what was trained, on what, how, and how to use it. It holds
 * nothing that differs between two runs of one configuration.
 */
export function modelCard({ config, data, model }: PreparedRun, outcome: CardOutcome): string {
  const { training, architecture: a } = config;
  const { trainable } = countParameters(model.parameters);
  const options = Object.entries(config.methodOptions).map(([name, value]) => `${name} ${value}`);
  const metrics = Object.entries(outcome.metrics).map(([name, value]) =>
    `${name} ${value.toPrecision(5)}`
  );
  const rows: readonly (readonly [string, string])[] = [
    ["Method", [config.method, ...options].join(", ")],
    ["Data", `${data.dataset} (${data.variant}), split ${data.split}, ${data.samples} samples`],
    ...(config.task === undefined ? [] : [
      [
        "Labels",
        `${config.task.kind}, ${config.task.classes} classes: encoder and a head are fine-tuned`,
      ] as const,
    ]),
    ["Input", config.inputs.map(describeInput).join("; ")],
    ["Encoder", `${a.encoderLayers} layers of width ${a.encoderWidth}, ${a.encoderHeads} heads`],
    ["Decoder", `${a.decoderLayers} layers of width ${a.decoderWidth}, ${a.decoderHeads} heads`],
    ["Trained weights", trainable.toLocaleString("en-US")],
    ["Steps", `${outcome.step} of batch ${training.batchSize}, seed ${training.seed}`],
    [
      "Optimizer",
      `AdamW, learning rate ${training.learningRate} (${training.schedule.kind}), ` +
      `weight decay ${training.weightDecay}`,
    ],
    ["Last step", metrics.join(", ") || "not trained"],
  ];
  const notes = data.notes.map((note) => `- ${note}`);
  return [
    `# ${config.method} on ${data.dataset}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll("|", "\\|")} |`),
    "",
    ...(notes.length > 0 ? ["About the data:", "", ...notes, ""] : []),
    "The weights are `checkpoints/<step>/model.safetensors`, with the names and layouts of the " +
    "published",
    "PyTorch checkpoints; `config.json` holds everything that the model is built from.",
    "",
    "```sh",
    "metamae adapt --run RUN --data STORE --out FEATURES",
    "```",
    "",
  ].join("\n");
}

/** What a step is found to be worth. */
export interface Validated {
  /** For the log, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether no earlier weights were better: then they are saved, and kept until others are. */
  readonly isBest: boolean;
}

/** Measures weights after certain steps; a pure function of the weights. */
export interface Validation extends AsyncDisposable {
  /**
   * Measures the weights of a step.
   *
   * @returns Nothing after steps that are not measured.
   */
  after(state: TrainState): Promise<Validated | undefined>;
  /** Step of the best weights so far; undefined if none were measured. */
  bestStep(): number | undefined;
}

/** A run that is about to train. */
export interface ValidatedRun {
  /** Run folder. */
  readonly path: string;
  /** Resolved configuration. */
  readonly config: RunConfig;
  /** Model of the run's method, with its head where it learns from labels. */
  readonly model: Model;
  /** Steps that were taken before. */
  readonly step: number;
  /** How the steps are compiled. */
  readonly mode: CompileMode;
}
