/**
 * The folder of a run: who may write into it, and what is in it before the first step.
 *
 * ```text
 * config.json        resolved configuration with the origin of each value
 * command.txt        the command lines that started and resumed it
 * environment.json   versions, backend and machine of each session
 * metrics.jsonl      what each logged step gave; timing.jsonl: how long it took
 * checkpoints/       see checkpoint.ts
 * ```
 *
 * @module
 */

import { type RunConfig, runConfig } from "../documents/mod.ts";
import {
  dirname,
  disk,
  explained,
  ifThere,
  join,
  lockFolder,
  namesIn,
  readJson,
  resolve,
  UsageError,
  writeFileAtomic,
  writeJsonAtomic,
} from "../util/mod.ts";
import { isLeftover, removeLeftovers } from "./checkpoint_list.ts";
import type { Session } from "./environment.ts";

/** A run folder that this process may write into, until it is disposed of. */
export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  /** Configuration of the run that is resumed; undefined for a new one. */
  readonly saved: RunConfig | undefined;
}

/**
 * Takes a folder for a run. A folder that does not exist, or holds nothing yet, becomes a new run,
 * also when a run was to be resumed: a job that is started again and again needs one command only.
 *
 * @throws {LockedError} If another process is training in it.
 * @throws {UsageError} If it holds a run, or something else, and nothing is to be resumed.
 * @throws {StorageError} If it cannot be written.
 */
export async function openRunFolder(path: string, resume: boolean): Promise<RunFolder> {
  path = resolve(path);
  const action = `Cannot train in "${path}"`;
  await explained(action, () => disk.makeFolder(dirname(path)));
  const lock = await lockFolder(path, action);
  try {
    const saved = await look(path, resume, action);
    return { path, saved, [Symbol.asyncDispose]: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function look(path: string, resume: boolean, action: string): Promise<RunConfig | undefined> {
  const names = await explained(action, () => namesIn(path)) ?? [];
  const isRun = names.includes(runConfig.file);
  if (isRun && !resume) {
    throw new UsageError(`${action}: it holds a run already`, {
      hint: "Pass --resume to go on with it, or another --out",
    });
  }
  if (!isRun && names.some((name) => !isLeftover(name))) {
    throw new UsageError(`${action}: the folder is not empty and holds no run`, {
      hint: "Pass another --out",
    });
  }
  await removeLeftovers(path);
  return isRun ? await runConfig.read(path) : undefined;
}

/**
 * Checks that a run goes on as it began.
 *
 * @throws {UsageError} If it does not; the message lists the differences.
 */
export function checkResumed(folder: RunFolder, config: RunConfig): void {
  const differences = folder.saved === undefined ? [] : configDifferences(folder.saved, config);
  if (differences.length === 0) return;
  throw new UsageError(
    `Cannot resume "${folder.path}": the configuration is another one\n` +
      differences.map((line) => `  ${line}`).join("\n"),
    { hint: "Leave those options out to go on as the run began, or choose another --out" },
  );
}

/**
 * Writes the configuration into a run folder, which is created.
 *
 * @throws {StorageError} If it cannot be written.
 */
export async function writeRunConfig(folder: RunFolder, config: RunConfig): Promise<void> {
  await explained(`Cannot write "${folder.path}"`, async () => {
    await disk.makeFolder(folder.path);
    await runConfig.write(folder.path, config);
    await disk.syncFolder(dirname(folder.path));
  });
}

/** Adds a session to the record of a run: its command line and what it runs on. */
export async function recordSession(
  path: string,
  session: Session,
  command: string | undefined,
): Promise<void> {
  const environment = join(path, "environment.json");
  const before = await ifThere(readJson(environment)) as
    | { readonly sessions: readonly unknown[] }
    | undefined;
  await writeJsonAtomic(environment, { sessions: [...before?.sessions ?? [], session] });
  if (command === undefined) return;
  const commands = join(path, "command.txt");
  const earlier = await ifThere(Deno.readTextFile(commands));
  await writeFileAtomic(commands, `${earlier ?? ""}${command}\n`);
}

/**
 * What decides the numbers of a run: everything but where things lie, how often they are saved and,
 * with a constant learning rate, how long the run goes on.
 */
function identity(config: RunConfig): unknown {
  const { steps, ...training } = config.training;
  return {
    method: config.method,
    methodOptions: config.methodOptions,
    architecture: config.architecture,
    inputs: config.inputs,
    task: config.task,
    data: { ...config.data, folder: undefined },
    training: training.schedule.kind === "constant" ? training : { ...training, steps },
  };
}

/**
 * Differences between two configurations that would make a resumed run another one, a line each,
 * such as `training.batchSize: 64 in the run, 32 now`.
 */
export function configDifferences(saved: RunConfig, wanted: RunConfig): string[] {
  const before = flatten(identity(saved)), now = flatten(identity(wanted));
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((path) => before.get(path) !== now.get(path))
    .map((path) =>
      `${path}: ${before.get(path) ?? "unset"} in the run, ${now.get(path) ?? "unset"} now`
    );
}

function flatten(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) {
    return new Map(value === undefined ? [] : [[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, part]) => [
      ...flatten(part, path === "" ? name : `${path}.${name}`),
    ]),
  );
}
