/**
 * Building an engine in a staging folder: fetch wheels, keep the shared libraries, check them,
 * write the record.
 *
 * @module
 */

import { type InstalledEngine, installedEngine } from "../../documents/mod.ts";
import { explained, type FileSystem, join, MissingError, writeFileAtomic } from "../../util/mod.ts";
import { type EngineBuild, requirementLines } from "./engine_builds.ts";
import { keepUnpackedFiles, unpackKeptFiles } from "./kept_files.ts";
import { libraryVersion } from "../native/library.ts";
import { ffiGranted } from "../native/process.ts";
import { fetchWheels, type InstallPlaces, type PackageInstaller } from "./package_installers.ts";

/** Milliseconds between two lines about a program that is at work. */
const progressInterval = 2000;

/** Options of {@linkcode stageEngine}. */
export interface StageOptions {
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
export async function stageEngine(
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
