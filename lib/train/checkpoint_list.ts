/**
 * The checkpoints of a run: finding the newest good one, and removing those that are no longer
 * wanted.
 *
 * @module
 */

import { checkpointState } from "../documents/mod.ts";
import type { ParameterSpec } from "../methods/mod.ts";
import {
  basename,
  DataError,
  dirname,
  disk,
  explained,
  type FileSystem,
  join,
  MissingError,
  namesIn,
  UsageError,
} from "../util/mod.ts";
import { type Checkpoint, checkpointsFolder, loadCheckpoint } from "./checkpoint.ts";

/** A checkpoint on the disk; complete, but not yet verified. */
export interface ListedCheckpoint {
  readonly step: number;
  readonly folder: string;
}

/** Whether a name is one that an interrupted save leaves behind. */
export function isLeftover(name: string): boolean {
  return /^\..*\.tmp-[0-9a-f]{8}$/.test(name);
}

/** The checkpoints of a run, newest first; none if it has none. */
export async function listCheckpoints(run: string): Promise<ListedCheckpoint[]> {
  const found: ListedCheckpoint[] = [];
  for (const name of await names(checkpointsFolder(run))) {
    const match = /^step-(\d{8,})$/.exec(name);
    if (match) found.push({ step: Number(match[1]), folder: join(checkpointsFolder(run), name) });
  }
  return found.sort((a, b) => b.step - a.step);
}

async function names(folder: string): Promise<readonly string[]> {
  return await explained(`Cannot read "${folder}"`, () => namesIn(folder)) ?? [];
}

/** A checkpoint that was loaded, with those that had to be passed over. */
export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly folder: string;
  /** Newer checkpoints that are damaged. */
  readonly damaged: readonly string[];
}

/** Options of {@linkcode loadLatestCheckpoint}. */
export interface LoadLatestOptions {
  /** Leaves the optimizer out. */
  readonly weightsOnly?: boolean;
  /** Is told about every damaged checkpoint. */
  readonly warn?: (message: string) => void;
}

/**
 * Loads the newest checkpoint of a run; a damaged one is passed over with a warning.
 *
 * @returns `undefined` if the run has no checkpoint.
 * @throws {UsageError} If it does not fit the model.
 * @throws {DataError} If all are damaged.
 */
export async function loadLatestCheckpoint(
  run: string,
  specs: readonly ParameterSpec[],
  options: LoadLatestOptions = {},
): Promise<LoadedCheckpoint | undefined> {
  const damaged: string[] = [];
  let last: unknown;
  for (const { folder } of await listCheckpoints(run)) {
    try {
      return { checkpoint: await loadCheckpoint(folder, specs, options), folder, damaged };
    } catch (error) {
      if (!(error instanceof DataError || error instanceof MissingError)) throw error;
      options.warn?.(`The checkpoint "${folder}" is passed over: ${error.message}`);
      damaged.push(folder);
      last = error;
    }
  }
  if (damaged.length === 0) return undefined;
  throw new DataError(
    `Cannot load a checkpoint of "${run}": all ${damaged.length} are damaged`,
    { cause: last },
  );
}

/** Moves damaged checkpoints out of the way, so that they are neither loaded nor counted again. */
export async function setDamagedAside(
  folders: readonly string[],
  fileSystem: FileSystem = disk,
): Promise<void> {
  for (const folder of folders) {
    const aside = join(dirname(folder), `damaged-${basename(folder)}`);
    await explained(`Cannot set "${folder}" aside`, async () => {
      await fileSystem.remove(aside);
      await fileSystem.rename(folder, aside);
    });
  }
}

/** Removes what interrupted saves left behind; the run's lock must be held. */
export async function removeLeftovers(run: string, fileSystem: FileSystem = disk): Promise<void> {
  for (const folder of [run, checkpointsFolder(run)]) {
    for (const name of await names(folder)) {
      if (!isLeftover(name)) continue;
      await explained(`Cannot remove "${name}"`, () => fileSystem.remove(join(folder, name)));
    }
  }
}

/** Which checkpoints are kept. */
export interface KeepPolicy {
  /** The newest ones; undefined keeps the two newest and all at multiples of `every`. */
  readonly last: number | undefined;
  /** Steps between regular checkpoints. */
  readonly every: number;
  /** Metric whose lowest value is kept as well. */
  readonly best: string | undefined;
  /** A step that is kept as well. */
  readonly step?: number | undefined;
}

/**
 * Removes the checkpoints that a policy does not keep. Called after a new one is complete.
 *
 * @throws {UsageError} If the metric to keep the best of is not recorded.
 */
export async function pruneCheckpoints(
  run: string,
  policy: KeepPolicy,
  fileSystem: FileSystem = disk,
): Promise<void> {
  const listed = await listCheckpoints(run);
  const best = policy.best === undefined ? undefined : await bestOf(listed, policy.best);
  const kept = (step: number, position: number) =>
    position < (policy.last ?? 2) || step === best || step === policy.step ||
    (policy.last === undefined && step % policy.every === 0);
  for (const [position, { step, folder }] of listed.entries()) {
    if (kept(step, position)) continue;
    await explained(`Cannot remove the checkpoint "${folder}"`, async () => {
      // A folder that is half removed must not look like a checkpoint.
      const doomed = join(dirname(folder), `.${basename(folder)}.tmp-00000000`);
      await fileSystem.remove(doomed);
      await fileSystem.rename(folder, doomed);
      await fileSystem.remove(doomed);
    });
  }
}

async function bestOf(
  listed: readonly ListedCheckpoint[],
  metric: string,
): Promise<number | undefined> {
  let best: { step: number; value: number } | undefined;
  for (const { step, folder } of listed) {
    const { metrics } = await checkpointState.read(folder);
    if (step === 0) continue;
    const value = metrics[metric];
    if (value === undefined) {
      throw new UsageError(
        `Cannot keep the best checkpoint by "${metric}": the metrics are ${
          Object.keys(metrics).join(", ")
        }`,
      );
    }
    if (best === undefined || value < best.value) best = { step, value };
  }
  return best?.step;
}
