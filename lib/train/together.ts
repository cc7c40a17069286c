/**
 * Training together with other workers: what the chief gives to the others, and how all come to an end.
 *
 * The first worker, the chief, owns the run folder: it reads the configuration and the checkpoint that a
 * run goes on from, and writes everything. The others get both from it, so they need no common disk.
 *
 * @module
 */

import type { RunConfig } from "../documents/mod.ts";
import {
  type Cluster,
  disposeTree,
  joinCluster,
  leavesOf,
  serverAdvice,
  type Tensor,
  tf,
  withLeaves,
  type Workers,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { programVersion, resolve, UsageError } from "../util/mod.ts";
import { initialParameters } from "./parameters.ts";
import { configDifferences } from "./run_folder.ts";
import type { RunFolder } from "./run_folder.ts";
import type { StartingPoint } from "./starting_point.ts";
import { type TrainState, uploadState } from "./train_state.ts";

/** Who is told what happens; see the hooks of pretraining. */
export interface MeetingHooks {
  readonly note?: ((message: string) => void) | undefined;
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Starts the engine together with the other workers; the chief says what that means.
 *
 * @throws {MissingError} If libtensorflow is not installed, or a worker does not come.
 * @throws {StorageError} If the port is in use.
 */
export async function meetWorkers(cluster: Cluster, hooks: MeetingHooks): Promise<Workers> {
  if (cluster.rank === 0) {
    hooks.warn?.(serverAdvice);
    const others = cluster.addresses.length - 1;
    hooks.note?.(`Waiting for ${others} other worker${others === 1 ? "" : "s"}`);
  }
  return await joinCluster(cluster);
}

/**
 * Gives the configuration of the chief to all workers.
 *
 * @param config The chief's; the others leave it out.
 * @throws {UsageError} If a worker runs another version of the program.
 * @throws {LostWorkerError} If a worker is lost.
 */
export async function shareConfig(workers: Workers, config?: RunConfig): Promise<RunConfig> {
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
 * The run of the chief, as another worker sees it: the configuration to go on from, and no folder to
 * write into.
 *
 * @throws {UsageError} If a worker runs another version of the program.
 * @throws {LostWorkerError} If a worker is lost.
 */
export async function followChief(workers: Workers, path: string): Promise<RunFolder> {
  const saved = await shareConfig(workers);
  return { path: resolve(path), saved, [Symbol.asyncDispose]: () => Promise.resolve() };
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

/** A place for the weights that the chief will send. */
export function blankStart(model: Model, { training }: RunConfig): StartingPoint {
  const parameters = initialParameters(model.parameters, training.seed);
  return { state: uploadState(model.parameters, 0, parameters), metrics: {}, savedStep: undefined };
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
  const shared = await workers.fromChief(own);
  const numbers = await shared.data() as Float32Array;
  tf.dispose([own, shared]);
  return numbers;
}

/**
 * Gives the chief's weights, moments and number of steps to all workers, in place.
 *
 * @throws {LostWorkerError} If a worker is lost.
 */
export async function shareState(workers: Workers, state: TrainState): Promise<void> {
  const step = Number(await shareText(workers, String(state.step)));
  const shared: Tensor[] = [];
  for (const tensor of leavesOf(state.tensors)) shared.push(await workers.fromChief(tensor));
  disposeTree(state.tensors);
  state.step = step;
  state.tensors = withLeaves(state.tensors, shared);
}

/**
 * Waits until all workers have come to the end, so that none leaves while another one still needs it,
 * or while the chief is writing.
 *
 * @throws {LostWorkerError} If a worker is lost.
 */
export async function partTogether(workers: Workers): Promise<void> {
  await workers.watch(() => workers.meet(3600));
  // Whoever hears of the meeting first may be gone before the others have heard of it.
  await workers.meet(10).catch(() => undefined);
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
