/**
 * Where a token store is put: which folders may be replaced, and how one is put in place at once.
 *
 * @module
 */

import {
  basename,
  dirname,
  explained,
  type FileLock,
  type FileSystem,
  ioErrorCode,
  join,
  lockFolder,
  prettyJson,
  resolve,
  temporarySibling,
  UsageError,
} from "../util/mod.ts";
import { manifestName, storeFileName, storeFiles, type StoreManifest } from "./store_format.ts";

/** A place that is reserved for a new store. */
export interface StorePlace {
  /** Folder to write the files into. */
  readonly folder: string;
  /** Puts the files that the manifest names, and the manifest itself, in place. */
  publish(manifest: StoreManifest): Promise<void>;
  /** Removes what was not published, unless it is to be kept, and gives the lock back. */
  leave(options?: { readonly keep?: boolean }): Promise<void>;
}

/** Options of {@linkcode reserveStore}. */
export interface ReserveStoreOptions {
  /** Whether a store that is already there may be replaced. */
  readonly force: boolean;
  readonly fileSystem: FileSystem;
  /** Whether to go on in a folder that a run that was killed has left; all others are removed. */
  readonly adopt?: (folder: string) => Promise<boolean>;
}

/**
 * Reserves the place of a store, with what an earlier run that was killed left there or without it.
 *
 * @throws {UsageError} If a store is there and `force` is not given, or something else is there.
 * @throws {LockedError} If another run writes to the same place.
 */
export async function reserveStore(
  path: string,
  { force, fileSystem, adopt = () => Promise.resolve(false) }: ReserveStoreOptions,
): Promise<StorePlace> {
  const action = `Cannot write the store "${path}"`;
  const target = await explained(action, async () => {
    const found = await realTarget(path);
    await fileSystem.makeFolder(dirname(found));
    return found;
  });
  const lock = await lockFolder(target, action);
  try {
    return await explained(action, async () => {
      await checkTarget(target, force, action);
      let folder = await takeLeftover(target, fileSystem, adopt);
      if (folder === undefined) {
        folder = temporarySibling(target);
        await fileSystem.makeFolder(folder);
      }
      return place(target, folder, lock, fileSystem);
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function place(path: string, folder: string, lock: FileLock, fileSystem: FileSystem): StorePlace {
  return {
    folder,
    publish: async (manifest) => {
      const file = await fileSystem.create(join(folder, manifestName));
      try {
        await file.write(new TextEncoder().encode(prettyJson(manifest)));
        await file.sync();
      } finally {
        file.close();
      }
      await fileSystem.syncFolder(folder);
      if (await listFolder(path) === undefined) {
        await fileSystem.rename(folder, path);
        await fileSystem.syncFolder(dirname(path));
      } else {
        await exchange(path, folder, manifest, fileSystem);
      }
    },
    leave: async ({ keep = false } = {}) => {
      if (!keep) await fileSystem.remove(folder).catch(() => undefined);
      await lock.release();
    },
  };
}

/** Moves the new files beside the old ones and exchanges the manifest in one rename. */
async function exchange(
  path: string,
  folder: string,
  manifest: StoreManifest,
  fileSystem: FileSystem,
): Promise<void> {
  const before = new Set(await listFolder(path));
  const names = storeFiles(manifest).map(({ name }) => name);
  const removeAll = async (unwanted: Iterable<string>) => {
    for (const name of unwanted) {
      await fileSystem.remove(join(path, name)).catch(() => undefined);
    }
  };
  try {
    for (const name of names) await fileSystem.rename(join(folder, name), join(path, name));
    await fileSystem.syncFolder(path);
    await fileSystem.rename(join(folder, manifestName), join(path, manifestName));
  } catch (error) {
    // A file that was there before has the same contents as the new one of its name.
    await removeAll(names.filter((name) => !before.has(name)));
    throw error;
  }
  await fileSystem.syncFolder(path);
  const wanted = new Set(names);
  await removeAll([...before].filter((name) => storeFileName.test(name) && !wanted.has(name)));
}

/** The folder itself where `path` is a link or ends in dots, so that siblings lie beside it. */
async function realTarget(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return resolve(path);
    throw error;
  }
}

async function checkTarget(path: string, force: boolean, action: string): Promise<void> {
  const names = await listFolder(path);
  if (names === undefined || names.length === 0) return;
  const foreign = names.find((name) => name !== manifestName && !storeFileName.test(name));
  if (foreign !== undefined && !(await isStore(path))) {
    throw new UsageError(`${action}: the folder holds something else, such as "${foreign}"`, {
      hint: "Choose a new folder",
    });
  }
  if (!force && names.includes(manifestName)) {
    throw new UsageError(`${action}: there is a store already`, {
      hint: "Replace it with --force, or choose another folder",
    });
  }
}

/** Whether the manifest says, in any version, that the folder is a store. */
async function isStore(path: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await Deno.readTextFile(join(path, manifestName)));
    return manifest?.schema === "metamae/store";
  } catch {
    return false;
  }
}

/**
 * The first temporary folder of a run that was killed that is adopted; the others are removed. The lock
 * says that none of these runs lives.
 */
async function takeLeftover(
  path: string,
  fileSystem: FileSystem,
  adopt: (folder: string) => Promise<boolean>,
): Promise<string | undefined> {
  const start = `.${basename(path)}.tmp-`;
  let taken: string | undefined;
  for (const name of await listFolder(dirname(path)) ?? []) {
    if (!name.startsWith(start)) continue;
    const folder = join(dirname(path), name);
    if (taken === undefined && await adopt(folder)) taken = folder;
    else await fileSystem.remove(folder);
  }
  return taken;
}

/** Names in a folder; undefined if there is none. */
async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
