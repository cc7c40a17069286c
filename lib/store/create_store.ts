/**
 * Writes a token store, complete or not at all.
 *
 * @module
 */

import { AppError, disk, explained, type FileSystem } from "../util/mod.ts";
import { type KeptStore, openKept } from "./kept_store.ts";
import { startStore, type StoreContents } from "./store_build.ts";
import type { StoreManifest } from "./store_format.ts";
import { reserveStore } from "./store_folder.ts";
import type { StoreWriter } from "./store_writer.ts";

/** What an interrupted run left: rows that are taken over, or why the store is started anew. */
export type Leftover = { readonly rows: number } | { readonly anew: string };

/** What is written, and how. */
export interface CreateStoreOptions extends StoreContents {
  /** Whether a store that is already there may be replaced; it stays until the new one is complete. */
  readonly force?: boolean;
  /** Told what became of the store of a run that was killed or stopped, before the first row. */
  readonly onLeftover?: (leftover: Leftover) => void;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Lets `fill` write a store, and puts it in place when all of it is on the disk.
 *
 * Everything goes to a hidden folder beside `path` first. When `fill` or the disk fails, that folder
 * is removed and `path` is as it was: absent, or the previous store. Only a run that was killed or stopped
 * leaves it, with what it has finished, for the same run to go on with.
 *
 * @returns The manifest of the new store.
 * @throws {UsageError} If there is a store already (without `force`), or a folder of something else.
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
  const place = await reserveStore(path, { force, fileSystem, adopt });
  const build = startStore(place.folder, action, { ...options, fileSystem, kept });
  let isStopped = false;
  try {
    // Errors of the raw files are not errors of the store: `fill` explains its own.
    await fill(build.writer);
    return await explained(action, async () => {
      const manifest = await build.finish();
      signal?.throwIfAborted();
      await build.discardJournal();
      await place.publish(manifest);
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
