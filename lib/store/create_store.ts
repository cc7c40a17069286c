/**
 * Writes a token store, complete or not at all.
 *
 * @module
 */

import {
  AppError,
  disk,
  explained,
  type FileSystem,
  join,
  namesIn,
  stageFolder,
  UsageError,
} from "../util/mod.ts";
import { type KeptStore, openKept } from "./journal.ts";
import { startStore, type StoreContents } from "./store_build.ts";
import { storeFileName, storeFiles, type StoreManifest, storeManifest } from "../documents/mod.ts";
import type { StoreWriter } from "./store_writer.ts";

/** What an interrupted run left: rows that are taken over, or why the store is started anew. */
export type Leftover = { readonly rows: number } | { readonly anew: string };

/** What is written, and how. */
export interface CreateStoreOptions extends StoreContents {
  /**
   * Whether a store that is already there may be replaced; it stays until the new one is complete.
   */
  readonly force?: boolean;
  /** Told what became of the store of a run that was killed or stopped, before the first row. */
  readonly onLeftover?: (leftover: Leftover) => void;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Lets `fill` write a store, and puts it in place when all of it is on the disk.
 *
 * Everything goes to a hidden folder beside `path` first. When `fill` or the disk fails, that
 * folder is removed and `path` is as it was: absent, or the previous store. Only a run that was
 * killed or stopped leaves it, with what it has finished, for the same run to go on with.
 *
 * @returns The manifest of the new store.
 * @throws {UsageError} If there is a store already (without `force`), or a folder of something
 * else.
 * @throws {LockedError} If another run is writing to the same place.
 * @throws {DataError} If rows, labels or splits are not as the declaration says.
 * @throws {StorageError} If the disk is full, read-only or fails.
 */
export async function createStore(
  path: string,
  options: CreateStoreOptions,
  fill: (writer: StoreWriter) => Promise<void>,
): Promise<StoreManifest> {
  const fileSystem = options.fileSystem ?? disk;
  const { origin, onLeftover, signal, force = false } = options;
  const action = `Cannot write the store "${path}"`;
  let kept: KeptStore | undefined;
  const adopt = async (folder: string) => {
    if (origin === undefined) return false;
    try {
      kept = await openKept(folder, { origin, fileSystem, signal });
      if (kept !== undefined) onLeftover?.({ rows: kept.rows });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      onLeftover?.({ anew: error.message });
    }
    return kept !== undefined;
  };
  const place = await stageFolder(path, {
    action,
    fileSystem,
    check: (target, names) => checkTarget(target, names ?? [], force, action),
    adopt,
  });
  const build = startStore({ ...options, folder: place.folder, action, fileSystem, kept });
  let isStopped = false;
  try {
    // Errors of the raw files are not errors of the store: `fill` explains its own.
    await fill(build.writer);
    return await explained(action, async () => {
      const manifest = await build.finish();
      signal?.throwIfAborted();
      await build.discardJournal();
      await storeManifest.write(place.folder, manifest, { fileSystem });
      await place.publish((staged, target) => exchange(target, staged, manifest, fileSystem));
      return manifest;
    });
  } catch (error) {
    isStopped = signal?.aborted === true && error === signal.reason;
    throw error;
  } finally {
    await build.abandon();
    await place.leave({ keep: isStopped && build.isResumable() });
  }
}

async function checkTarget(
  path: string,
  names: readonly string[],
  force: boolean,
  action: string,
): Promise<void> {
  const foreign = names.find((name) => name !== storeManifest.file && !storeFileName.test(name));
  if (foreign !== undefined && !(await isStore(path))) {
    throw new UsageError(`${action}: the folder holds something else, such as "${foreign}"`, {
      hint: "Choose a new folder",
    });
  }
  if (!force && names.includes(storeManifest.file)) {
    throw new UsageError(`${action}: there is a store already`, {
      hint: "Replace it with --force, or choose another folder",
    });
  }
}

/** Whether the manifest says, in any version, that the folder is a store. */
async function isStore(path: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await Deno.readTextFile(join(path, storeManifest.file)));
    return manifest?.schema === "metamae/store";
  } catch {
    return false;
  }
}

/** Moves the new files beside the old ones and exchanges the manifest in one rename. */
async function exchange(
  path: string,
  folder: string,
  manifest: StoreManifest,
  fileSystem: FileSystem,
): Promise<void> {
  const before = new Set(await namesIn(path));
  const names = storeFiles(manifest).map(({ name }) => name);
  const removeAll = async (unwanted: Iterable<string>) => {
    for (const name of unwanted) {
      await fileSystem.remove(join(path, name)).catch(() => undefined);
    }
  };
  try {
    for (const name of names) await fileSystem.rename(join(folder, name), join(path, name));
    await fileSystem.syncFolder(path);
    await fileSystem.rename(join(folder, storeManifest.file), join(path, storeManifest.file));
  } catch (error) {
    // A file that was there before has the same contents as the new one of its name.
    await removeAll(names.filter((name) => !before.has(name)));
    throw error;
  }
  await fileSystem.syncFolder(path);
  const wanted = new Set(names);
  await removeAll([...before].filter((name) => storeFileName.test(name) && !wanted.has(name)));
}
