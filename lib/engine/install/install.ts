/**
 * Installing libtensorflow into the user's cache folder: complete and verified, or not at all.
 *
 * Least permissions: `--allow-run=python3,python,pip,pip3,uv`, read and write permission for the
 * cache folder, and `--allow-env=METAMAE_CACHE,XDG_CACHE_HOME,HOME`. With `--allow-sys=statfs` the
 * free space is checked first, with `--allow-ffi` the library is opened once before it counts as
 * installed.
 *
 * @module
 */

import type { InstalledEngine } from "../../documents/mod.ts";
import { statfs } from "node:fs/promises";
import {
  DataError,
  dirname,
  disk,
  explained,
  type FileSystem,
  join,
  MissingError,
  stageFolder,
  StorageError,
} from "../../util/mod.ts";
import {
  currentPlatform,
  type EngineBuild,
  engineBuildFor,
  requirementLines,
  whyNoBuild,
} from "./engine_builds.ts";
import { engineFolder, readInstalledEngine } from "./installed_engine.ts";
import { type PackageInstaller, packageInstallers } from "./package_installers.ts";
import { stageEngine } from "./stage_engine.ts";

/** Options of {@linkcode installEngine}. */
export interface InstallOptions {
  /** Whether to install the build for NVIDIA GPUs. */
  readonly gpu?: boolean;
  /** Told what is going on, one line at a time. */
  readonly onProgress?: (line: string) => void;
  /** Stops the installation; nothing of it stays. */
  readonly signal?: AbortSignal;
  /** What to install; the build for this machine unless a test says otherwise. */
  readonly build?: EngineBuild;
  /** Folder of all engines; the one in the cache folder unless a test says otherwise. */
  readonly root?: string;
  /** Programs to try in order; uv and pip unless a test says otherwise. */
  readonly installers?: readonly PackageInstaller[];
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/** Outcome of {@linkcode installEngine}. */
export interface InstallResult {
  /** Folder of the engine. */
  readonly folder: string;
  readonly engine: InstalledEngine;
  /** Whether it was there before, so that nothing was done. */
  readonly alreadyInstalled: boolean;
  /** Seconds that it took. */
  readonly seconds: number;
}

/**
 * Installs libtensorflow from Python wheels by the user's own uv or pip.
 *
 * The wheels are pinned by SHA-256 and unpacked into a hidden folder beside the final one; their
 * shared libraries are checked against the wheels' own lists, and the folder gets its name when all
 * of it is on the disk. Left-overs of an interrupted installation are removed first.
 *
 * @throws {MissingError} If there is no build for this machine, no program that can install it, or
 * the library cannot be opened here.
 * @throws {DataError} If a wheel or a file is not the pinned one.
 * @throws {StorageError} If the folder cannot be written or is full.
 * @throws {LockedError} If another installation is going on.
 */
export async function installEngine(options: InstallOptions = {}): Promise<InstallResult> {
  const start = performance.now();
  const build = options.build ?? buildHere(options.gpu ?? false);
  const root = options.root ?? engineFolder();
  const fileSystem = options.fileSystem ?? disk;
  const folder = join(root, build.id);
  const result = (engine: InstalledEngine, alreadyInstalled: boolean): InstallResult => {
    const seconds = (performance.now() - start) / 1000;
    return { folder, engine, alreadyInstalled, seconds };
  };

  const before = installedAsPinned(folder, build);
  if (before !== undefined) return result(before, true);
  const action = `Cannot install TensorFlow ${build.version}`;
  const staged = await stageFolder(folder, { action, fileSystem, isShared: true });
  try {
    const meanwhile = installedAsPinned(folder, build);
    if (meanwhile !== undefined) return result(meanwhile, true);
    await checkSpace(staged.folder, build);
    const engine = await stageEngine(build, staged.folder, {
      ...options,
      installers: options.installers ?? packageInstallers,
      fileSystem,
    });
    await explained(`${action} in "${root}"`, () => staged.publish());
    return result(engine, false);
  } finally {
    await staged.leave();
  }
}

function buildHere(gpu: boolean): EngineBuild {
  const platform = currentPlatform();
  const build = engineBuildFor(platform, { gpu });
  if (build !== undefined) return build;
  throw new MissingError(`Cannot install TensorFlow: ${whyNoBuild(platform, { gpu })}`, {
    hint: "Use --backend wasm, or let METAMAE_LIBTENSORFLOW name a libtensorflow of your own",
  });
}

/** The record of what is installed, if it is complete and was made from the same wheels. */
function installedAsPinned(folder: string, build: EngineBuild): InstalledEngine | undefined {
  try {
    const engine = readInstalledEngine(folder);
    return engine.requirements.join() === requirementLines(build).join() ? engine : undefined;
  } catch (error) {
    // Absent or damaged: it is installed anew. Anything else, such as a permission, has to be told.
    const absent = error instanceof Error && error.cause instanceof Deno.errors.NotFound;
    if (absent || error instanceof DataError) return undefined;
    throw error;
  }
}

/**
 * Fails early where the space is known to be too small; where it is not known, writing will tell.
 */
async function checkSpace(folder: string, build: EngineBuild): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    free = Math.floor(bavail * bsize / 1e6);
  } catch {
    return;
  }
  if (free >= build.spaceMegabytes) return;
  throw new StorageError(
    `Cannot install TensorFlow ${build.version} in "${dirname(folder)}": ${free} MB are free, ` +
      `about ${build.spaceMegabytes} MB are needed`,
    { hint: "Free space, or let METAMAE_CACHE name a folder on another disk" },
  );
}
