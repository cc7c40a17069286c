/**
 * Making a folder so that it is there complete or not at all.
 *
 * Everything is written into a hidden folder beside the target, which gets the target's name when
 * all of it is on the disk. What was there before stays until then.
 *
 * @module
 */

import { temporarySibling } from "./atomic_write.ts";
import { type FileLock, lockFolder } from "./file_lock.ts";
import { disk, type FileSystem, ifThere, namesIn, statIfThere } from "./file_system.ts";
import { explained } from "./io_errors.ts";
import { basename, dirname, join, resolve } from "./path.ts";

/** How a folder is made. */
export interface StageFolderOptions {
  /** What failed if it fails, such as `Cannot write the features "a"`. */
  readonly action: string;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem | undefined;
  /** Whether the caller holds a lock already that guards the target. */
  readonly isGuarded?: boolean;
  /** Looks at the names in the target, undefined if it is not there, and may refuse it. */
  readonly check?: (target: string, names: readonly string[] | undefined) => void | Promise<void>;
  /** Whether to go on in a folder that a run that was killed has left; all others are removed. */
  readonly adopt?: (leftover: string) => Promise<boolean>;
  /**
   * Whether a program that was told to end may still be writing into the staging folder: its
   * removal is then tried for a second.
   */
  readonly isShared?: boolean;
}

/** A folder that is being made. */
export interface StagedFolder {
  /** Where to write. */
  readonly folder: string;
  /**
   * Puts the folder in place; what was there before goes away.
   *
   * @param replace Takes the place of a target that is there; by default it is renamed out of the
   * way.
   */
  publish(replace?: (staged: string, target: string) => Promise<void>): Promise<void>;
  /** Removes what was not published, unless it is to be kept, and gives the lock back. */
  leave(options?: { readonly keep?: boolean }): Promise<void>;
}

/**
 * Reserves the place of a folder, with what an earlier run that was killed left there or without
 * it.
 *
 * @throws {LockedError} If another run writes to the same place.
 * @throws {StorageError} If it cannot be written.
 */
export async function stageFolder(
  path: string,
  options: StageFolderOptions,
): Promise<StagedFolder> {
  const { action, fileSystem = disk, check, isGuarded = false } = options;
  const target = await explained(action, async () => {
    // The folder itself where `path` is a link or ends in dots, so that siblings lie beside it.
    const found = await ifThere(Deno.realPath(path)) ?? resolve(path);
    await fileSystem.makeFolder(dirname(found));
    return found;
  });
  const lock = isGuarded ? undefined : await lockFolder(target, action);
  try {
    return await explained(action, async () => {
      if (check !== undefined) await check(target, await namesIn(target));
      let folder = await takeLeftover(target, options);
      if (folder === undefined) {
        folder = temporarySibling(target);
        await fileSystem.makeFolder(folder);
      }
      return stagedFolder(folder, target, lock, options);
    });
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/**
 * Lets `write` fill a new folder and puts it in place when it is done.
 *
 * @returns What `write` returns.
 * @throws {LockedError} If another run writes to the same place.
 * @throws {StorageError} If it cannot be written; nothing is left behind then.
 */
export async function writeFolder<T>(
  path: string,
  options: StageFolderOptions,
  write: (folder: string) => Promise<T>,
): Promise<T> {
  const staged = await stageFolder(path, options);
  try {
    return await explained(options.action, async () => {
      const made = await write(staged.folder);
      await staged.publish();
      return made;
    });
  } finally {
    await staged.leave();
  }
}

function stagedFolder(
  folder: string,
  target: string,
  lock: FileLock | undefined,
  options: StageFolderOptions,
): StagedFolder {
  const { fileSystem = disk } = options;
  let isThere = true;
  const rename = async () => {
    await fileSystem.rename(folder, target);
    isThere = false;
  };
  const swap = async () => {
    const old = temporarySibling(target);
    await fileSystem.rename(target, old);
    try {
      await rename();
    } catch (error) {
      await fileSystem.rename(old, target).catch(() => undefined);
      throw error;
    }
    await discard(old, options);
  };
  return {
    folder,
    publish: async (replace = swap) => {
      await fileSystem.syncFolder(folder);
      if (await statIfThere(target) === undefined) await rename();
      else await replace(folder, target);
      await fileSystem.syncFolder(dirname(target));
    },
    leave: async ({ keep = false } = {}) => {
      if (isThere && !keep) await discard(folder, options);
      await lock?.release();
    },
  };
}

/**
 * The first folder of a run that was killed that is adopted; the others are removed. The lock says
 * that none of these runs lives.
 */
async function takeLeftover(
  target: string,
  options: StageFolderOptions,
): Promise<string | undefined> {
  const start = `.${basename(target)}.tmp-`;
  let taken: string | undefined;
  for (const name of await namesIn(dirname(target)) ?? []) {
    if (!name.startsWith(start)) continue;
    const folder = join(dirname(target), name);
    if (taken === undefined && await options.adopt?.(folder)) taken = folder;
    else await discard(folder, options);
  }
  return taken;
}

/**
 * Removes a hidden folder; one that cannot be removed does no harm and is tried again the next
 * time.
 */
async function discard(folder: string, options: StageFolderOptions): Promise<void> {
  const { fileSystem = disk, isShared = false } = options;
  for (let tries = isShared ? 10 : 1; tries > 0; tries--) {
    try {
      return await fileSystem.remove(folder);
    } catch {
      if (tries > 1) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
