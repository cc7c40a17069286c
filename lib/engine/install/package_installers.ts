/**
 * The user's own uv or pip: how each is asked for wheels, and what its answer means.
 *
 * @module
 */

import { DataError, ioErrorCode, reasonOf, StorageError } from "../../util/mod.ts";
import { type EngineBuild, requirementLines } from "./engine_builds.ts";

/** A program that can fetch wheels. */
export interface PackageInstaller {
  /** Name for messages, such as `python3 -m pip`. */
  readonly name: string;
  /** The program; it has to be named in `--allow-run`. */
  readonly command: string;
  /** Whether the target then holds what was in the wheels, or the wheels themselves. */
  readonly unpacks: boolean;
  /** Arguments that bring the wheels of a build into the target. */
  readonly arguments: (build: EngineBuild, places: InstallPlaces) => readonly string[];
}

/** Folders and files of an installation. */
export interface InstallPlaces {
  /** The requirements file. */
  readonly requirements: string;
  /** Where the wheels go. */
  readonly target: string;
  /** For whatever the program stores meanwhile; removed afterwards. */
  readonly scratch: string;
}

/**
 * pip as a Python program that ends when its standard input does: so it never goes on alone,
 * however this process ends.
 */
const watchedPip = `
import os, runpy, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/**
 * The programs, in the order in which they are tried. pip comes first since it can fetch a wheel as
 * it is: uv unpacks all of it, which takes four times as long and far longer on a network file
 * system.
 */
export const packageInstallers: readonly PackageInstaller[] = [
  pip("python3 -m pip", "python3", ["-c", watchedPip]),
  pip("python -m pip", "python", ["-c", watchedPip]),
  pip("pip", "pip"),
  pip("pip3", "pip3"),
  { name: "uv", command: "uv", unpacks: true, arguments: uvArguments },
];

/** A pip under any name. */
export function pip(
  name: string,
  command: string,
  before: readonly string[] = [],
): PackageInstaller {
  return {
    name,
    command,
    // Unpacking is left to us: pip would write twelve thousand files, of which two are needed.
    unpacks: false,
    arguments: (...given) => [...before, ...pipArguments(...given)],
  };
}

// In both: the wheels are for the Python that they are tagged for and not for the one that runs,
// and nothing is cached, since a cache would keep hundreds of megabytes that are not used again.
function pipArguments(build: EngineBuild, places: InstallPlaces): string[] {
  return [
    ...["download", "--require-hashes", "--only-binary=:all:", "--no-deps"],
    ...["--no-cache-dir", "--progress-bar=off"],
    ...["--implementation=cp", `--python-version=${build.pythonVersion}`],
    `--abi=cp${build.pythonVersion.replace(".", "")}`,
    ...build.pipPlatforms.map((platform) => `--platform=${platform}`),
    ...["--dest", places.target, "--requirement", places.requirements],
  ];
}

function uvArguments(build: EngineBuild, places: InstallPlaces): string[] {
  return [
    ...["pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps"],
    ...["--no-progress", `--cache-dir=${places.scratch}/uv`],
    ...[`--python-version=${build.pythonVersion}`, `--python-platform=${build.uvPlatform}`],
    ...["--target", places.target, "--requirement", places.requirements],
  ];
}

/**
 * Settings of the user that contradict the arguments, or lead to other programs being downloaded.
 */
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
 * Lets a program fetch the wheels of a build. Index and mirror settings reach it by its own
 * configuration files and by the environment, which it inherits.
 *
 * @returns Why the program could not do it, or undefined if it did.
 * @throws {DataError} If a wheel's SHA-256 is not the pinned one: no other program is to be tried.
 * @throws {StorageError} If the disk is full or cannot be written.
 */
export async function fetchWheels(
  installer: PackageInstaller,
  build: EngineBuild,
  places: InstallPlaces,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const run = (extra: Record<string, string>) => {
    const command = new Deno.Command(installer.command, {
      args: [...installer.arguments(build, places)],
      env: { ...environment, TMPDIR: places.scratch, ...extra },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    return outputUnlessAborted(command.spawn(), signal);
  };
  let result: Deno.CommandOutput;
  try {
    result = await withoutLoaderVariables(run);
  } catch (error) {
    signal?.throwIfAborted();
    if (ioErrorCode(error) === "ENOENT") return "not found";
    if (error instanceof Deno.errors.NotCapable) {
      return `the Deno permission --allow-run=${installer.command} is missing`;
    }
    return reasonOf(error);
  }
  if (result.success) return undefined;
  const decoder = new TextDecoder();
  const text = decoder.decode(result.stderr) + decoder.decode(result.stdout);
  throwIfFatal(text, installer, build);
  return errorLines(text) ?? `it ended with code ${result.code}`;
}

/**
 * What a program prints and how it ends. When it is aborted nobody waits for its end, since a
 * wrapper may leave the real program at work for a while.
 */
async function outputUnlessAborted(
  child: Deno.ChildProcess,
  signal: AbortSignal | undefined,
): Promise<Deno.CommandOutput> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    child.unref();
    child.kill("SIGTERM");
    aborted.reject(signal?.reason);
  };
  signal?.addEventListener("abort", abort, { once: true });
  const output = child.output();
  try {
    return await Promise.race([output, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
    output.catch(() => undefined);
    // It is already broken if the program has ended.
    await child.stdin.close().catch(() => undefined);
  }
}

/**
 * Deno refuses to start a chosen program while variables such as LD_LIBRARY_PATH are set, as they
 * are on most clusters; it does start it without them.
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
function errorLines(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const errors = lines.filter((line) =>
    /error|cannot|could not|no module|caused by|×|╰/i.test(line)
  );
  const chosen = (errors.length > 0 ? errors : lines).slice(-2).join(" ");
  return chosen === "" ? undefined : chosen.slice(0, 400);
}
