/**
 * The user's own uv or pip: how each is asked for wheels, and what its answer means.
 *
 * @module
 */

import { DataError, StorageError } from "../../util/errors.ts";
import { ioErrorCode } from "../../util/io_errors.ts";
import { type EngineBuild, requirementLines } from "./engine_builds.ts";

/** A program that can unpack wheels into a folder. */
export interface PackageInstaller {
  /** Name for messages, such as `python3 -m pip`. */
  readonly name: string;
  /** The program; it has to be named in `--allow-run`. */
  readonly command: string;
  /** Arguments that unpack the wheels of a build. */
  readonly arguments: (build: EngineBuild, places: InstallPlaces) => readonly string[];
}

/** Folders and files of an installation. */
export interface InstallPlaces {
  /** The requirements file. */
  readonly requirements: string;
  /** Where the wheels are unpacked. */
  readonly target: string;
  /** For whatever the program stores meanwhile; removed afterwards. */
  readonly scratch: string;
}

/** The programs, in the order in which they are tried. */
export const packageInstallers: readonly PackageInstaller[] = [
  { name: "uv", command: "uv", arguments: uvArguments },
  pip("python3 -m pip", "python3", ["-m", "pip"]),
  pip("pip", "pip"),
  pip("pip3", "pip3"),
];

/** A pip under any name. */
export function pip(
  name: string,
  command: string,
  before: readonly string[] = [],
): PackageInstaller {
  return { name, command, arguments: (...given) => [...before, ...pipArguments(...given)] };
}

// In both: the wheels are for the Python that they are tagged for and not for the one that runs, and
// nothing is cached, since a cache would keep hundreds of megabytes that are not used again.
function pipArguments(build: EngineBuild, places: InstallPlaces): string[] {
  return [
    "install",
    ...["--require-hashes", "--only-binary=:all:", "--no-deps"],
    ...["--no-cache-dir", "--no-compile", "--no-warn-script-location", "--progress-bar=off"],
    ...["--implementation=cp", `--python-version=${build.pythonVersion}`],
    `--abi=cp${build.pythonVersion.replace(".", "")}`,
    ...build.pipPlatforms.map((platform) => `--platform=${platform}`),
    ...["--target", places.target, "--requirement", places.requirements],
  ];
}

function uvArguments(build: EngineBuild, places: InstallPlaces): string[] {
  return [
    ...["pip", "install"],
    ...["--require-hashes", "--only-binary=:all:", "--no-deps"],
    ...["--no-progress", `--cache-dir=${places.scratch}/uv`],
    ...[`--python-version=${build.pythonVersion}`, `--python-platform=${build.uvPlatform}`],
    ...["--target", places.target, "--requirement", places.requirements],
  ];
}

/** Settings of the user that contradict the arguments, or lead to other programs being downloaded. */
const environment = {
  NO_COLOR: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_NO_INPUT: "1",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_ROOT_USER_ACTION: "ignore",
  PIP_USER: "0",
  UV_PYTHON_DOWNLOADS: "never",
} as const;

/**
 * Lets a program unpack the wheels of a build. Index and mirror settings reach it by its own
 * configuration files and by the environment, which it inherits.
 *
 * @returns Why the program could not do it, or undefined if it did.
 * @throws {DataError} If a wheel's SHA-256 is not the pinned one: no other program is to be tried.
 * @throws {StorageError} If the disk is full or cannot be written.
 */
export async function unpackWheels(
  installer: PackageInstaller,
  build: EngineBuild,
  places: InstallPlaces,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const run = (extra: Record<string, string>) =>
    new Deno.Command(installer.command, {
      args: [...installer.arguments(build, places)],
      env: { ...environment, TMPDIR: places.scratch, ...extra },
      stdin: "null",
      ...(signal === undefined ? {} : { signal }),
    }).output();
  let result: Deno.CommandOutput;
  try {
    result = await withoutLoaderVariables(run);
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return "not found";
    if (error instanceof Deno.errors.NotCapable) {
      return `the Deno permission --allow-run=${installer.command} is missing`;
    }
    return error instanceof Error ? error.message : String(error);
  }
  if (result.success) return undefined;
  const decoder = new TextDecoder();
  const text = decoder.decode(result.stderr) + decoder.decode(result.stdout);
  throwIfFatal(text, installer, build);
  return lastWords(text) ?? `it ended with code ${result.code}`;
}

/**
 * Deno refuses to start a chosen program while variables such as LD_LIBRARY_PATH are set, as they are
 * on most clusters; it does start it without them.
 */
async function withoutLoaderVariables(
  run: (environment: Record<string, string>) => Promise<Deno.CommandOutput>,
): Promise<Deno.CommandOutput> {
  try {
    return await run({});
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const names = /subprocess with (.+?) environment variable/.exec(error.message)?.[1];
    if (names === undefined) throw error;
    return await run(Object.fromEntries(names.split(", ").map((name) => [name, ""])));
  }
}

function throwIfFatal(text: string, installer: PackageInstaller, build: EngineBuild): void {
  const action = `Cannot install TensorFlow ${build.version}`;
  if (/do not match the hashes|hash mismatch/i.test(text)) {
    const pinned = requirementLines(build).map((line) => line.split(" ")[0]!);
    const refused = pinned.filter((wheel) => text.includes(wheel)).join(", ") || "a wheel";
    throw new DataError(
      `${action}: ${installer.name} refused ${refused}, its SHA-256 is not the pinned one`,
      { hint: "The package index or mirror serves another file: check which one is configured" },
    );
  }
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    throw new StorageError(
      `${action}: no space is left on the disk, about ${build.spaceMegabytes} MB are needed`,
      { hint: "Free space, or let METAMAE_CACHE name a folder on another disk" },
    );
  }
}

/** The lines that say what went wrong, for a message of one line. */
function lastWords(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const errors = lines.filter((line) =>
    /error|cannot|could not|no module|caused by|×|╰/i.test(line)
  );
  const chosen = (errors.length > 0 ? errors : lines).slice(-2).join(" ");
  return chosen === "" ? undefined : chosen.slice(0, 400);
}
