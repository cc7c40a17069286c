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

import { type InstalledEngine, installedEngine } from "../../documents/mod.ts";
import { statfs } from "node:fs/promises";
import {
  createHasher,
  DataError,
  dirname,
  disk,
  explained,
  type FileSystem,
  hashFile,
  join,
  MissingError,
  stageFolder,
  StorageError,
  writeFileAtomic,
} from "../../util/mod.ts";
import {
  currentPlatform,
  type EngineBuild,
  engineBuildFor,
  requirementLines,
  whyNoBuild,
} from "./engine_builds.ts";
import { engineFolder, readInstalledEngine } from "./installed_engine.ts";
import {
  fetchWheels,
  type InstallPlaces,
  type PackageInstaller,
  packageInstallers,
} from "./package_installers.ts";
import { libraryVersion } from "../native/library.ts";
import { ffiGranted } from "../native/process.ts";
import { readZip, type ZipEntry } from "../../formats/archive/mod.ts";
import { openFileSource } from "../../formats/bytes/mod.ts";

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
  /** Record of the installed build. */
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

/** Milliseconds between two lines about a program that is at work. */
const progressInterval = 2000;

/** Options of {@linkcode stageEngine}. */
interface StageOptions {
  readonly installers: readonly PackageInstaller[];
  readonly fileSystem: FileSystem;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fills a staging folder: the files that a build keeps, on the disk, and their record.
 *
 * @throws {MissingError} If no program could fetch the wheels, or the library cannot be opened.
 * @throws {DataError} If a file is not what the wheel says.
 */
async function stageEngine(
  build: EngineBuild,
  staging: string,
  options: StageOptions,
): Promise<InstalledEngine> {
  const { fileSystem, onProgress = () => {}, signal } = options;
  const work = join(staging, "work");
  const places: InstallPlaces = {
    requirements: join(work, "requirements.txt"),
    target: join(work, "wheels"),
    scratch: join(work, "scratch"),
  };
  await explained(`Cannot write "${places.scratch}"`, () => fileSystem.makeFolder(places.scratch));
  await writeFileAtomic(places.requirements, build.requirements, { fileSystem });
  const installer = await fetchWithAny(build, places, staging, options);
  signal?.throwIfAborted();

  onProgress(installer.unpacks ? "Checking the libraries" : "Unpacking the libraries");
  const keep = installer.unpacks ? keepUnpackedFiles : unpackKeptFiles;
  const files = await keep(build, places.target, staging, { fileSystem, signal });
  checkOpens(build, staging);
  const engine = installedEngine.make({
    id: build.id,
    tensorflow: build.version,
    gpu: build.gpu,
    installer: installer.name,
    requirements: requirementLines(build),
    files,
  });
  await explained(`Cannot clean up "${work}"`, () => fileSystem.remove(work));
  await installedEngine.write(staging, engine, { fileSystem });
  signal?.throwIfAborted();
  return engine;
}

/**
 * Tries the programs in order; the first that works ends the search, every other leaves a reason.
 */
async function fetchWithAny(
  build: EngineBuild,
  places: InstallPlaces,
  staging: string,
  { installers, fileSystem, onProgress = () => {}, signal }: StageOptions,
): Promise<PackageInstaller> {
  const reasons: string[] = [];
  for (const installer of installers) {
    const start = performance.now();
    const what = `Fetching TensorFlow ${build.version} with ${installer.name}`;
    const timer = setInterval(() => {
      const seconds = Math.round((performance.now() - start) / 1000);
      onProgress(`${what}: ${seconds} s, ${Math.round(folderBytes(staging) / 1e6)} MB written`);
    }, progressInterval);
    try {
      const reason = await fetchWheels(installer, build, places, signal);
      if (reason === undefined) return installer;
      reasons.push(`${installer.name}: ${reason}`);
      await explained(`Cannot clean up "${staging}"`, () => fileSystem.remove(places.target));
    } finally {
      clearInterval(timer);
    }
  }
  throw new MissingError(
    `Cannot install TensorFlow ${build.version}: no program could do it (${reasons.join("; ")})`,
    {
      hint: "Install uv or Python 3 with pip, or let METAMAE_LIBTENSORFLOW name a libtensorflow; " +
        "--backend wasm works without",
    },
  );
}

/**
 * Opens the library once, if that is permitted: an old system C library shows now and not later.
 */
function checkOpens(build: EngineBuild, folder: string): void {
  if (!ffiGranted()) return;
  libraryVersion(join(folder, build.library));
}

/** Bytes of all files below a folder; files may come and go meanwhile. */
function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory) bytes += folderBytes(path);
      else if (isFile) bytes += Deno.lstatSync(path).size;
    }
  } catch {
    return bytes;
  }
  return bytes;
}

/** A kept file: path in the wheel, size, SHA-256. */
type KeptFile = InstalledEngine["files"][number];

/** Options of {@linkcode keepUnpackedFiles} and {@linkcode unpackKeptFiles}. */
interface KeepOptions {
  readonly fileSystem: FileSystem;
  /** Stops between two pieces of a file. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves what a build keeps out of unpacked wheels, and waits until it is on the disk.
 *
 * @param unpacked Folder of the unpacked wheels, with their `*.dist-info`.
 * @param folder Where the files go, under the same relative paths.
 * @returns The files by path.
 * @throws {DataError} If a library is absent or a file is not the listed one.
 */
async function keepUnpackedFiles(
  build: EngineBuild,
  unpacked: string,
  folder: string,
  { fileSystem, signal }: KeepOptions,
): Promise<readonly KeptFile[]> {
  const lists = (await entriesOf(unpacked)).filter((name) => name.endsWith(".dist-info"))
    .map((name) => join(unpacked, name, "RECORD"));
  const files: KeptFile[] = [];
  for (const list of lists) {
    const text = await explained(`Cannot read "${list}"`, () => Deno.readTextFile(list));
    files.push(...listedFiles(text, build.keeps));
  }
  for (const file of files) {
    signal?.throwIfAborted();
    const source = join(unpacked, file.path);
    if (await hashFile(source) !== file.sha256) throw notListed(build, file);
    const target = join(folder, file.path);
    await explained(`Cannot write "${target}"`, async () => {
      await fileSystem.makeFolder(dirname(target));
      await fileSystem.rename(source, target);
      await syncFile(target);
      await fileSystem.syncFolder(dirname(target));
    });
  }
  return complete(build, files);
}

/**
 * Unpacks what a build keeps out of wheels, and waits until it is on the disk.
 *
 * @param wheels Folder of the wheels.
 * @param folder Where the files go, under the same relative paths.
 * @returns The files by path.
 * @throws {DataError} If a wheel is damaged, or a library is absent or not the listed one.
 */
async function unpackKeptFiles(
  build: EngineBuild,
  wheels: string,
  folder: string,
  options: KeepOptions,
): Promise<readonly KeptFile[]> {
  const files: KeptFile[] = [];
  for (const name of (await entriesOf(wheels)).filter((name) => name.endsWith(".whl"))) {
    await using source = await openFileSource(join(wheels, name));
    const entries = new Map((await readZip(source)).map((entry) => [entry.name, entry]));
    const list = entries.keys().find((path) => /^[^/]+\.dist-info\/RECORD$/.test(path));
    if (list === undefined) throw new DataError(`Cannot use "${name}": it holds no RECORD`);
    const text = new TextDecoder().decode(await contentsOf(entries.get(list)!));
    for (const file of listedFiles(text, build.keeps)) {
      const entry = entries.get(file.path);
      const target = join(folder, file.path);
      const sha256 = entry === undefined ? undefined : await unpackEntry(entry, target, options);
      if (sha256 !== file.sha256) throw notListed(build, file);
      files.push(file);
    }
  }
  return complete(build, files);
}

/** Writes an entry of an archive to a new file; returns its SHA-256. */
async function unpackEntry(
  entry: ZipEntry,
  target: string,
  { fileSystem, signal }: KeepOptions,
): Promise<string> {
  const hasher = createHasher();
  await explained(`Cannot write "${target}"`, async () => {
    await fileSystem.makeFolder(dirname(target));
    const file = await fileSystem.create(target);
    try {
      for await (const chunk of entry.chunks()) {
        signal?.throwIfAborted();
        hasher.update(chunk);
        await file.write(chunk);
      }
      await file.sync();
    } finally {
      file.close();
    }
    // Archives keep the mode of programs such as ptxas in a field that no reader has to know.
    if (/\/bin\//.test(entry.name)) await Deno.chmod(target, 0o755);
    await fileSystem.syncFolder(dirname(target));
  });
  return hasher.hex();
}

async function contentsOf(entry: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.size);
  let done = 0;
  for await (const chunk of entry.chunks()) {
    bytes.set(chunk, done);
    done += chunk.length;
  }
  return bytes;
}

/** The files to keep of a wheel's list, by path. */
function listedFiles(list: string, keeps: RegExp): readonly KeptFile[] {
  const files: KeptFile[] = [];
  for (const line of list.split(/\r?\n/)) {
    // Names with commas or quotes are quoted; no library has one.
    const [, path, digest, bytes] = /^([^",]+),sha256=([\w-]+),(\d+)$/.exec(line) ?? [];
    if (path === undefined || !keeps.test(path) || path.split("/").includes("..")) continue;
    files.push({ path, bytes: Number(bytes), sha256: hexOfBase64Url(digest!) });
  }
  return files;
}

function complete(build: EngineBuild, files: readonly KeptFile[]): readonly KeptFile[] {
  const missing = [build.library, build.framework].find((wanted) =>
    files.every(({ path }) => path !== wanted)
  );
  if (missing === undefined) return files.toSorted((a, b) => a.path < b.path ? -1 : 1);
  throw new DataError(
    `Cannot install TensorFlow ${build.version}: the wheels hold no "${missing}"`,
  );
}

function notListed(build: EngineBuild, { path }: KeptFile): DataError {
  return new DataError(
    `Cannot install TensorFlow ${build.version}: "${path}" is not the file that its wheel lists`,
  );
}

function hexOfBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(binary, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function entriesOf(folder: string): Promise<readonly string[]> {
  return explained(
    `Cannot read "${folder}"`,
    () => Array.fromAsync(Deno.readDir(folder), ({ name }) => name),
  );
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}
