/**
 * What this machine offers: engine, backend, memory, permissions, and what to do about what is missing.
 *
 * @module
 */

import { cacheDir, dirname, explainIoError, ioErrorCode, programVersion } from "../../util/mod.ts";
import { serverAdvice } from "../cluster/server_advice.ts";
import { type BackendChoice, chooseBackend, ffiGranted } from "./choose_backend.ts";
import { type EngineState, examineEngine } from "./examine_engine.ts";
import { type PackageState, packageStates } from "./package_states.ts";
import { type PermissionReport, permissionStates } from "./permission_states.ts";
import { currentPlatform, glibcVersion, type Platform, platformName } from "./platform.ts";

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
export interface CacheState {
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
    const problem = explained instanceof Error ? explained.message : String(explained);
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
