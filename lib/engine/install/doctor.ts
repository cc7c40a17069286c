/**
 * What this machine offers: engine, backend, packages, memory, permissions, and what to do about
 * what is missing.
 *
 * @module
 */

import {
  cacheDir,
  dirname,
  explainIoError,
  ioErrorCode,
  programVersion,
  reasonOf,
} from "../../util/mod.ts";
import { serverAdvice } from "../cluster/cluster.ts";
import {
  type BackendChoice,
  chooseBackend,
  findLibtensorflow,
  type LibtensorflowSearch,
  type SearchedPlace,
  whyNotFound,
} from "./locate.ts";
import { currentPlatform, type Platform, platformName } from "./engine_builds.ts";
import { libraryVersion, openLibrary } from "../native/library.ts";
import { ffiGranted, glibcVersion, redirectStderr } from "../native/process.ts";
import { packageInstallers } from "./package_installers.ts";

/** What the doctor found; the document of `metamae doctor --json`. */
export interface DoctorReport {
  readonly schema: "metamae/doctor";
  readonly version: 1;
  readonly metamae: string;
  readonly deno: string;
  readonly platform: Platform & {
    readonly name: string;
    /** Version of glibc; null where there is none or it may not be asked. */
    readonly glibc: string | null;
  };
  readonly packages: readonly PackageState[];
  readonly engine: EngineState;
  /** What `--backend auto` takes. */
  readonly backend: BackendChoice;
  /** Processor threads that this process may use. */
  readonly cores: number;
  /** Memory of the machine in bytes; null if it may not be asked. */
  readonly memory: { readonly total: number; readonly available: number } | null;
  readonly cache: CacheState;
  readonly permissions: readonly PermissionReport[];
  /** What a user should know, one sentence or two each. */
  readonly notes: readonly string[];
}

/** State of the user's cache folder. */
interface CacheState {
  /** The folder; null if it may not be asked. */
  readonly path: string | null;
  readonly writable: boolean;
  /** Why it cannot be written. */
  readonly problem: string | null;
}

/** Examines this machine; only what is permitted is asked, and nothing is changed. */
export async function examineMachine(): Promise<DoctorReport> {
  const platform = currentPlatform();
  const { state, search } = examineEngine();
  return {
    schema: "metamae/doctor",
    version: 1,
    metamae: programVersion,
    deno: Deno.version.deno,
    platform: {
      ...platform,
      name: platformName(platform),
      glibc: platform.libc === "glibc" && ffiGranted() ? glibcVersion() : null,
    },
    packages: await packageStates(),
    engine: state,
    backend: chooseBackend(search, { problem: state.problem ?? undefined }),
    cores: navigator.hardwareConcurrency,
    memory: memory(),
    cache: await cacheState(),
    permissions: permissionStates(),
    notes: [serverAdvice],
  };
}

function memory(): DoctorReport["memory"] {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  if (state !== "granted") return null;
  const { total, available } = Deno.systemMemoryInfo();
  return { total, available };
}

async function cacheState(): Promise<CacheState> {
  let path: string | null = null;
  try {
    path = cacheDir();
    const place = await nearestFolder(path);
    const probe = await Deno.makeTempFile({ dir: place, prefix: ".metamae-doctor-" });
    await Deno.remove(probe);
    return { path, writable: true, problem: null };
  } catch (error) {
    const explained = explainIoError(error, `Cannot write "${path ?? "the cache folder"}"`);
    const problem = reasonOf(explained);
    return { path, writable: false, problem };
  }
}

/** The folder, or the nearest one above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await Deno.stat(path);
    return path;
  } catch (error) {
    if (ioErrorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    return await nearestFolder(dirname(path));
  }
}

/** State of the native engine. */
export interface EngineState {
  /** The library with the C API; null if none was found. */
  readonly library: string | null;
  /** What named it: `METAMAE_LIBTENSORFLOW` or the cache folder. */
  readonly source: string | null;
  /** What the library itself says if it could be opened, else what its surroundings tell. */
  readonly version: string | null;
  /** Whether the library was opened. */
  readonly opened: boolean;
  /** Why there is none, or why it cannot be used. */
  readonly problem: string | null;
  readonly lookedAt: readonly SearchedPlace[];
  /** Devices that the library lists; empty if it was not opened. */
  readonly devices: readonly { readonly name: string; readonly type: string }[];
}

/** Looks for libtensorflow and, if FFI is permitted, opens it and lists its devices. */
export function examineEngine(
  search: LibtensorflowSearch = findLibtensorflow(),
): { readonly state: EngineState; readonly search: LibtensorflowSearch } {
  const { found, lookedAt } = search;
  const state: EngineState = {
    library: found?.library ?? null,
    source: found?.source ?? null,
    version: found?.version ?? null,
    opened: false,
    problem: found === undefined ? whyNotFound(search) : null,
    lookedAt,
    devices: [],
  };
  if (found === undefined || !ffiGranted()) return { state, search };
  const restore = redirectStderr("/dev/null");
  try {
    const version = libraryVersion(found.library);
    const { devices } = openLibrary(found.library);
    return { state: { ...state, version, opened: true, devices }, search };
  } catch (error) {
    const problem = reasonOf(error);
    return { state: { ...state, problem }, search };
  } finally {
    restore();
  }
}

/** A package of the tensor library. */
interface PackageState {
  readonly name: string;
  /** Its version; null if it cannot be loaded. */
  readonly version: string | null;
  /** Why it cannot be loaded. */
  readonly problem: string | null;
}

const packages: readonly (readonly [name: string, version: () => Promise<string>])[] = [
  ["@tensorflow/tfjs", async () => (await import("@tensorflow/tfjs")).version_core],
  [
    "@tensorflow/tfjs-backend-wasm",
    async () => (await import("@tensorflow/tfjs-backend-wasm")).version_wasm,
  ],
  [
    "@tensorflow/tfjs-node-gpu",
    // Its main module would look for the native addon that this program does without.
    async () => (await import("@tensorflow/tfjs-node-gpu/dist/version.js")).version,
  ],
];

/** Loads the packages and asks for their versions. */
function packageStates(): Promise<readonly PackageState[]> {
  return Promise.all(packages.map(async ([name, version]): Promise<PackageState> => {
    try {
      return { name, version: await version(), problem: null };
    } catch (error) {
      const problem = reasonOf(error);
      return { name, version: null, problem };
    }
  }));
}

/** A permission of this process. */
interface PermissionReport {
  /** The flag that grants it. */
  readonly flag: string;
  readonly granted: boolean;
  /** What does not work without it. */
  readonly neededFor: string;
}

/** Asks Deno for the permissions; nothing is requested of the user. */
export function permissionStates(): readonly PermissionReport[] {
  const path = cachePath();
  const wanted: readonly [Deno.PermissionDescriptor, string, string][] = [
    [
      { name: "env", variable: "METAMAE_CACHE" },
      "--allow-env",
      "settings in METAMAE_ variables, the cache folder",
    ],
    [{ name: "read", path }, `--allow-read=${path}`, "installed engines, downloads"],
    [{ name: "write", path }, `--allow-write=${path}`, "engine install, downloads"],
    [{ name: "ffi" }, "--allow-ffi", "the tensorflow backend"],
    [
      { name: "sys", kind: "systemMemoryInfo" },
      "--allow-sys=systemMemoryInfo",
      "knowing the memory of the machine",
    ],
  ];
  const commands = packageInstallers.map(({ command }) => command);
  return [
    ...wanted.map(([descriptor, flag, neededFor]) => ({
      flag,
      granted: isGranted(descriptor),
      neededFor,
    })),
    {
      flag: `--allow-run=${commands.join(",")}`,
      // Deno cannot grant a program that is not there, so one of them has to do.
      granted: commands.some((command) => isGranted({ name: "run", command })),
      neededFor: "engine install",
    },
  ];
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

function cachePath(): string {
  try {
    return cacheDir();
  } catch {
    return "~/.cache/metamae";
  }
}
