/**
 * Finding a libtensorflow: the one that `METAMAE_LIBTENSORFLOW` names, else the one that
 * `metamae engine install` put into the cache folder; and what `auto` makes of the search.
 *
 * @module
 */

import {
  AppError,
  basename,
  dirname,
  explainIoError,
  ioErrorCode,
  join,
  MissingError,
  reasonOf,
  resolve,
  type UserFolderOptions,
} from "../../util/mod.ts";
import { ffiGranted } from "../native/process.ts";
import {
  currentPlatform,
  type EngineBuild,
  engineBuildsFor,
  type Platform,
  whyNoBuild,
} from "./engine_builds.ts";
import { engineFolder, readInstalledEngine } from "./installed_engine.ts";

/** Environment variable that names a libtensorflow. */
export const libraryVariable = "METAMAE_LIBTENSORFLOW";

/** Where a libtensorflow can come from. */
export type LibrarySource = typeof libraryVariable | "cache";

/** A libtensorflow on the disk; it has not been opened. */
export interface Libtensorflow {
  /** Folder that holds the library. */
  readonly folder: string;
  /** The library with the C API. */
  readonly library: string;
  /** The library that it needs beside it; a monolithic build has none. */
  readonly framework: string | undefined;
  /** Version of TensorFlow, if the surroundings of the file tell. */
  readonly version: string | undefined;
  /** Whether it was installed for GPUs; unknown for a library of the user's. */
  readonly gpu: boolean | undefined;
  /** Kind of place that it was found in. */
  readonly source: LibrarySource;
}

/** A place that held no libtensorflow. */
export interface SearchedPlace {
  /** Kind of place that was searched. */
  readonly source: LibrarySource;
  /** Path or description of the place. */
  readonly place: string;
  /** Why it was not taken: one line. */
  readonly reason: string;
  /** What can be done about it. */
  readonly hint: string | undefined;
}

/** Outcome of a search. */
export interface LibtensorflowSearch {
  /** The library that will be loaded; undefined if no place held one. */
  readonly found: Libtensorflow | undefined;
  /** The places that were looked at in vain, in order. */
  readonly lookedAt: readonly SearchedPlace[];
}

/** Options of {@linkcode findLibtensorflow}. */
export interface FindOptions extends UserFolderOptions {
  /** What to look for; the machine that this runs on unless a test says otherwise. */
  readonly platform?: Platform;
}

/**
 * Looks for a libtensorflow; nothing is loaded, and nothing is thrown.
 *
 * A library that `METAMAE_LIBTENSORFLOW` names is the only one that is looked at: falling back to
 * another one would hide the mistake.
 *
 * Needs read permission for the places and for the variables `METAMAE_LIBTENSORFLOW`,
 * `METAMAE_CACHE`, `XDG_CACHE_HOME` and `HOME`; what is not permitted is reported as a place with
 * that reason.
 */
export function findLibtensorflow(options: FindOptions = {}): LibtensorflowSearch {
  const platform = options.platform ?? currentPlatform();
  let own: string | undefined;
  try {
    own = (options.env ?? Deno.env.get)(libraryVariable);
  } catch (error) {
    const action = `Cannot read the variable "${libraryVariable}"`;
    return search([notFound(libraryVariable, "the environment", action, error)]);
  }
  if (own) return fromVariable(own, platform);
  return fromCache(platform, options);
}

/** The error for a search that found nothing; its message lists the places. */
export function missingLibtensorflow(search: LibtensorflowSearch): MissingError {
  return new MissingError(`Cannot start TensorFlow: ${whyNotFound(search)}`, {
    hint: search.lookedAt.at(-1)?.hint ?? "Use --backend wasm",
  });
}

/** Why a search found nothing: one line. */
export function whyNotFound(search: LibtensorflowSearch): string {
  return search.lookedAt.map(({ reason }) => reason).join("; ");
}

const nameHint =
  `Let ${libraryVariable} name a site-packages/tensorflow folder, the folder of a C-API ` +
  "archive or a libtensorflow file, or unset it";
const installHint = 'Run "metamae engine install", or use --backend wasm';

function fromVariable(value: string, platform: Platform): LibtensorflowSearch {
  const action = `${libraryVariable} names "${value}"`;
  try {
    const path = resolve(value);
    const library = Deno.statSync(path).isFile ? path : libraryBelow(path, platform);
    if (library !== undefined) {
      return search([], describe(library, versionNear(library), libraryVariable));
    }
    const names = libraryNames(platform).slice(0, 2).join('" or "');
    const reason = `${action}: the folder holds no "${names}"`;
    return search([{ source: libraryVariable, place: value, reason, hint: nameHint }]);
  } catch (error) {
    return search([notFound(libraryVariable, value, action, error, nameHint)]);
  }
}

function fromCache(platform: Platform, options: FindOptions): LibtensorflowSearch {
  const lookedAt: SearchedPlace[] = [];
  try {
    const root = engineFolder(options);
    // Asked once for the whole folder, so that a missing permission is reported once.
    exists(root);
    const builds = engineBuildsFor(platform);
    if (builds.length === 0) {
      const reason = whyNoBuild(platform);
      return search([{ source: "cache", place: root, reason, hint: undefined }]);
    }
    for (const build of builds) {
      const found = installedIn(join(root, build.id), build, lookedAt);
      if (found !== undefined) return search(lookedAt, found);
    }
  } catch (error) {
    lookedAt.push(notFound("cache", "the cache folder", "Cannot read the cache folder", error));
  }
  return search(lookedAt);
}

function installedIn(
  folder: string,
  build: EngineBuild,
  lookedAt: SearchedPlace[],
): Libtensorflow | undefined {
  try {
    const { tensorflow } = readInstalledEngine(folder);
    const library = join(folder, build.library);
    return { ...describe(library, tensorflow, "cache"), gpu: build.gpu };
  } catch (error) {
    if (exists(folder)) {
      lookedAt.push(notFound("cache", folder, `Cannot use "${folder}"`, error, installHint));
    } // An engine for GPUs is installed on request only: that it is absent says nothing.
    else if (!build.gpu) {
      const reason = `"${folder}" is not installed`;
      lookedAt.push({ source: "cache", place: folder, reason, hint: installHint });
    }
    return undefined;
  }
}

function describe(
  library: string,
  version: string | undefined,
  source: LibrarySource,
): Libtensorflow {
  const folder = dirname(library);
  const framework = namesIn(folder).find((name) =>
    /^libtensorflow_framework\.(so\.2|2\.dylib|so|dylib)$/.test(name)
  );
  return {
    folder,
    library,
    framework: framework === undefined ? undefined : join(folder, framework),
    version,
    gpu: undefined,
    source,
  };
}

/**
 * A site-packages/tensorflow folder, a folder that holds one, or a C-API archive with its `lib`.
 */
function libraryBelow(folder: string, platform: Platform): string | undefined {
  for (const place of [folder, join(folder, "tensorflow"), join(folder, "lib")]) {
    const names = new Set(namesIn(place));
    const name = libraryNames(platform).find((candidate) => names.has(candidate));
    if (name !== undefined) return join(place, name);
  }
  return undefined;
}

/** Names of the library with the C API, the preferred first. */
function libraryNames({ os }: Platform): readonly string[] {
  if (os === "windows") return ["tensorflow.dll"];
  const stems = ["libtensorflow_cc", "libtensorflow"];
  return os === "darwin"
    ? [...stems.map((stem) => `${stem}.2.dylib`), ...stems.map((stem) => `${stem}.dylib`)]
    : [...stems.map((stem) => `${stem}.so.2`), ...stems.map((stem) => `${stem}.so`)];
}

/** The version, from the metadata beside a Python package or from the full name of the library. */
function versionNear(library: string): string | undefined {
  const folder = dirname(library);
  const patterns = [
    [folder, /^libtensorflow(?:_cc)?\.(?:so\.)?(\d+\.\d+\.\d+)(?:\.dylib)?$/],
    [dirname(folder), /^tensorflow(?:_[a-z]+)*-(\d[\w.]*)\.dist-info$/],
  ] as const;
  for (const [place, pattern] of patterns) {
    if (place !== folder && basename(folder) !== "tensorflow") continue;
    for (const name of namesIn(place)) {
      const match = pattern.exec(name);
      if (match !== null) return match[1];
    }
  }
  return undefined;
}

/** Names in a folder; none if it is absent or closed to this program. */
function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function search(
  lookedAt: readonly SearchedPlace[],
  found: Libtensorflow | undefined = undefined,
): LibtensorflowSearch {
  return { found, lookedAt };
}

function notFound(
  source: LibrarySource,
  place: string,
  action: string,
  error: unknown,
  hint: string | undefined = undefined,
): SearchedPlace {
  const explained = explainIoError(error, action);
  const reason = reasonOf(explained);
  // A missing permission is the cause that has to be mended first.
  const own = error instanceof Deno.errors.NotCapable && explained instanceof AppError;
  return { source, place, reason, hint: own ? explained.hint : hint };
}

/** The backend that `auto` stands for here. */
export interface BackendChoice {
  readonly backend: "tensorflow" | "wasm";
  /** Why: one line for the user, without a final period. */
  readonly reason: string;
}

/** Options of {@linkcode chooseBackend}. */
interface ChoiceOptions {
  /** Whether native libraries may be opened: `--allow-ffi`; asked of Deno by default. */
  readonly ffi?: boolean;
  /** Why the library cannot be opened, if that was tried. */
  readonly problem?: string | undefined;
}

/** Decides what `auto` stands for after a search for libtensorflow. */
export function chooseBackend(
  search: LibtensorflowSearch,
  options: ChoiceOptions = {},
): BackendChoice {
  const { ffi = ffiGranted(), problem } = options;
  const { found } = search;
  if (found === undefined) {
    const hint = search.lookedAt.at(-1)?.hint;
    const cure = hint === undefined ? "" : ` (${hint})`;
    return { backend: "wasm", reason: `${whyNotFound(search)}${cure}` };
  }
  const name = `libtensorflow ${found.version ?? "of unknown version"}`;
  if (!ffi) {
    return { backend: "wasm", reason: `${name} is there, but --allow-ffi was not given to Deno` };
  }
  if (problem !== undefined) return { backend: "wasm", reason: problem };
  return { backend: "tensorflow", reason: `${name} is in "${found.folder}"` };
}
