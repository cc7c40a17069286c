/**
 * Trying out the libtensorflow that was found: its version and devices.
 *
 * @module
 */

import { openLibrary } from "../native/library.ts";
import { quietStderr } from "../native/quiet_stderr.ts";
import { ffiGranted } from "./choose_backend.ts";
import { libraryVersion } from "./library_version.ts";
import {
  findLibtensorflow,
  type LibtensorflowSearch,
  type SearchedPlace,
  whyMissing,
} from "./locate.ts";

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
    problem: found === undefined ? whyMissing(search) : null,
    lookedAt,
    devices: [],
  };
  if (found === undefined || !ffiGranted()) return { state, search };
  const restore = quietStderr("/dev/null");
  try {
    const version = libraryVersion(found.library);
    const { devices } = openLibrary(found.library);
    return { state: { ...state, version, opened: true, devices }, search };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { state: { ...state, problem }, search };
  } finally {
    restore();
  }
}
