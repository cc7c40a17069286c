/**
 * A run in several processes: what the chief does, what the others do, and how all come to an end.
 *
 * The first worker, the chief, owns the run folder: it reads the configuration and the checkpoint
 * that a run goes on from, and writes everything. The others get both from it, so they need no
 * common disk.
 *
 * @module
 */

import type { RunConfig } from "../documents/mod.ts";
import {
  type Cluster,
  disposeTree,
  type EngineInfo,
  joinCluster,
  leavesOf,
  serverAdvice,
  type Tensor,
  tf,
  withLeaves,
  type Workers,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { join, programVersion, resolve, UsageError, writeFileAtomic } from "../util/mod.ts";
import { describeSession } from "./environment.ts";
import { type InitialState, initialState, type LoadHooks } from "./load_run.ts";
import { explainInterruption, type Interrupted } from "./interruption.ts";
import type { StepRecord } from "./loop.ts";
import { initialParameters } from "./parameters.ts";
import {
  checkResumed,
  configDifferences,
  openRunFolder,
  recordSession,
  type RunFolder,
  writeRunConfig,
} from "./run_folder.ts";
import { noLog, openRunLog, type RunLog } from "./run_log.ts";
import { createSaver, noSaver, type Saver, type SaverOptions } from "./saver.ts";
import { type TrainState, uploadState } from "./train_state.ts";

/** Who is told what happens; see the hooks of pretraining. */
export interface MeetingHooks {
  readonly note?: ((message: string) => void) | undefined;
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * What one of the processes that share a run does beside its steps: a process alone, the chief of
 * several, or one that follows the chief.
 */
export interface Role {
  /** Processes that share every batch; none for a process alone. */
  readonly workers?: Workers;
  /**
   * Takes the run folder; who follows gets the configuration to go on from, and no folder to write
   * into.
   *
   * @throws {UsageError} If the folder is taken, or a worker runs another version of the program.
   * @throws {LockedError} If another process is training in it.
   * @throws {LostWorkerError} If a worker is lost.
   */
  openRun(out: string, resume: boolean): Promise<RunFolder>;
  /**
   * Checks that this process was asked for what the run is, as are all others.
   *
   * @throws {UsageError} If it was not; the message lists the differences.
   * @throws {LostWorkerError} If a worker is lost.
   */
  agree(folder: RunFolder, config: RunConfig): Promise<void>;
  /** The weights that all processes start from. */
  initialState(
    folder: RunFolder,
    config: RunConfig,
    model: Model,
    hooks: LoadHooks,
  ): Promise<InitialState>;
  /** Writes down the configuration, and what this session runs on. */
  record(
    folder: RunFolder,
    config: RunConfig,
    session: { readonly step: number; readonly engine: EngineInfo; readonly command?: string },
  ): Promise<void>;
  openLog(folder: RunFolder, step: number, config: RunConfig): Promise<RunLog>;
  createSaver(options: SaverOptions): Saver;
  /** Whether to stop after a step. */
  stopsAfter(record: StepRecord, receivedSignal: boolean): boolean;
  /** Writes a page into the run folder. */
  writePage(folder: RunFolder, name: string, text: string): Promise<void>;
  /**
   * Waits until all processes have come to the end, so that none leaves while another one still
   * needs it, or while the chief is writing.
   *
   * @throws {LostWorkerError} If a worker is lost.
   */
  leave(): Promise<void>;
  /** The error that ends the run, with what is left; weights are saved where they can be. */
  explain(error: unknown, interrupted: Interrupted): Promise<unknown>;
}

/**
 * Finds the role of this process; with others, the engine starts together with theirs.
 *
 * @throws {MissingError} If libtensorflow is not installed, or a worker does not come.
 * @throws {StorageError} If the port is in use.
 */
export async function takeRole(cluster: Cluster | undefined, hooks: MeetingHooks): Promise<Role> {
  if (cluster === undefined) return alone;
  if (cluster.rank > 0) return follower(await joinCluster(cluster));
  hooks.warn?.(serverAdvice);
  const others = cluster.addresses.length - 1;
  hooks.note?.(`Waiting for ${others} other worker${others === 1 ? "" : "s"}`);
  return chief(await joinCluster(cluster));
}

const alone: Role = {
  openRun: openRunFolder,
  agree: (folder, config) => Promise.resolve(checkResumed(folder, config)),
  initialState,
  record: (folder, config, session) => recordRun(folder, config, session),
  openLog: ({ path }, step, { logging }) => openRunLog(path, step, logging),
  createSaver,
  stopsAfter: (_, receivedSignal) => receivedSignal,
  writePage: ({ path }, name, text) => writeFileAtomic(join(path, name), text),
  leave: () => Promise.resolve(),
  explain: explainInterruption,
};

function chief(workers: Workers): Role {
  return {
    ...alone,
    workers,
    async agree(folder, config) {
      checkResumed(folder, config);
      await shareConfig(workers, config);
      checkSharing(config, workers);
    },
    async initialState(...of) {
      const start = await initialState(...of);
      await shareState(workers, start.state);
      return start;
    },
    record: (folder, config, session) => recordRun(folder, config, session, workers.size),
    // Others may be a step ahead of a signal, so all stop when all have heard of it.
    stopsAfter: ({ stop }) => stop,
    leave: () => leaveAsOne(workers),
  };
}

function follower(workers: Workers): Role {
  return {
    ...chief(workers),
    async openRun(out) {
      const saved = await shareConfig(workers);
      return { path: resolve(out), saved, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    agree(folder, config) {
      checkFollowed(folder, config);
      return Promise.resolve(checkSharing(config, workers));
    },
    async initialState(_, { training }, { parameters: specs }) {
      const state = uploadState(specs, 0, initialParameters(specs, training.seed));
      await shareState(workers, state);
      return { state, metrics: {}, savedStep: undefined };
    },
    record: () => Promise.resolve(),
    openLog: () => Promise.resolve(noLog),
    createSaver: () => noSaver,
    writePage: () => Promise.resolve(),
    explain: (error) => Promise.resolve(error),
  };
}

async function recordRun(
  folder: RunFolder,
  config: RunConfig,
  { step, engine, command }: Parameters<Role["record"]>[2],
  workers?: number,
): Promise<void> {
  await writeRunConfig(folder, config);
  await recordSession(folder.path, await describeSession(step, engine, workers), command);
}

/**
 * Gives the configuration of the chief to all workers.
 *
 * @param config The chief's; the others leave it out.
 * @throws {UsageError} If a worker runs another version of the program.
 * @throws {LostWorkerError} If a worker is lost.
 */
async function shareConfig(workers: Workers, config?: RunConfig): Promise<RunConfig> {
  const text = await shareText(workers, JSON.stringify({ version: programVersion, config }));
  const received = JSON.parse(text) as { version: string; config: RunConfig };
  if (received.version !== programVersion) {
    throw new UsageError(
      `Cannot train with worker 0: it runs version ${received.version} of the program, ` +
        `worker ${workers.rank} runs ${programVersion}`,
    );
  }
  return received.config;
}

/**
 * Checks that a worker was asked for the same as the chief.
 *
 * @throws {UsageError} If it was not; the message lists the differences.
 */
export function checkFollowed({ saved }: RunFolder, config: RunConfig): void {
  const differences = configDifferences(saved!, config);
  if (differences.length === 0) return;
  throw new UsageError(
    "Cannot train with worker 0: its configuration is another one\n" +
      differences.map((line) => `  ${line}`).join("\n"),
    { hint: "Give all workers the same options and the same token store" },
  );
}

/** Texts travel as numbers, like everything else. */
async function shareText(workers: Workers, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const length = await shareNumbers(workers, [bytes.length]);
  const own = workers.rank === 0 ? bytes : new Uint8Array(length[0]!);
  return new TextDecoder().decode(Uint8Array.from(await shareNumbers(workers, own)));
}

async function shareNumbers(workers: Workers, values: ArrayLike<number>): Promise<Float32Array> {
  const own = tf.tensor1d(Float32Array.from(values));
  const shared = await workers.broadcast(own);
  const numbers = await shared.data() as Float32Array;
  tf.dispose([own, shared]);
  return numbers;
}

/**
 * Gives the chief's weights, moments and number of steps to all workers, in place.
 *
 * @throws {LostWorkerError} If a worker is lost.
 */
async function shareState(workers: Workers, state: TrainState): Promise<void> {
  const step = Number(await shareText(workers, String(state.step)));
  const shared: Tensor[] = [];
  for (const tensor of leavesOf(state.tensors)) shared.push(await workers.broadcast(tensor));
  disposeTree(state.tensors);
  state.step = step;
  state.tensors = withLeaves(state.tensors, shared);
}

/**
 * Waits until all workers have come to the end, so that none leaves while another one still needs
 * it, or while the chief is writing.
 *
 * @throws {LostWorkerError} If a worker is lost.
 */
async function leaveAsOne(workers: Workers): Promise<void> {
  await workers.watch(() => workers.barrier(3600));
  // Whoever hears of the barrier first may be gone before the others have heard of it.
  await workers.barrier(10).catch(() => undefined);
}

/**
 * Checks that the workers can share a run.
 *
 * @throws {UsageError} If the backend is none that exchanges, or a batch cannot be split evenly.
 */
export function checkSharing(
  { training: { batchSize }, engine: { backend } }: RunConfig,
  { size }: Pick<Workers, "size">,
): void {
  if (backend !== "auto" && backend !== "tensorflow") {
    throw new UsageError(
      `Cannot train in ${size} processes with the backend "${backend}": "tensorflow" is wanted`,
    );
  }
  if (batchSize % size === 0) return;
  const below = Math.floor(batchSize / size) * size;
  throw new UsageError(
    `Cannot split batches of ${batchSize} over ${size} workers: a multiple of ${size} is wanted`,
    { hint: `Pass --batch-size ${below > 0 ? `${below} or ` : ""}${below + size}` },
  );
}
