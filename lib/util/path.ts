/**
 * Typed door to `@std/path`, whose npm build, which the import map names, ships no types; and the
 * user's cache folder.
 *
 * @module
 */

import * as path from "@std/path";
import { explainIoError } from "./io_errors.ts";

/** Parts of a path. */
export interface ParsedPath {
  readonly root: string;
  readonly dir: string;
  readonly base: string;
  readonly ext: string;
  readonly name: string;
}

interface StdPath {
  readonly SEPARATOR: string;
  basename(path: string, suffix?: string): string;
  dirname(path: string): string;
  extname(path: string): string;
  fromFileUrl(url: string | URL): string;
  isAbsolute(path: string): boolean;
  join(...parts: readonly string[]): string;
  normalize(path: string): string;
  parse(path: string): ParsedPath;
  relative(from: string, to: string): string;
  resolve(...parts: readonly string[]): string;
  toFileUrl(path: string): URL;
}

const std: StdPath = path;

/** Separator of path parts on this system. */
export const SEPARATOR: string = std.SEPARATOR;

/** Last part of a path, without `suffix` if it ends so. */
export const basename: StdPath["basename"] = std.basename;

/** Path of the folder that holds a path. */
export const dirname: StdPath["dirname"] = std.dirname;

/** Extension with its dot, or an empty string. */
export const extname: StdPath["extname"] = std.extname;

/** Path of a `file:` address. */
export const fromFileUrl: StdPath["fromFileUrl"] = std.fromFileUrl;

/** Whether a path starts at a root. */
export const isAbsolute: StdPath["isAbsolute"] = std.isAbsolute;

/** Joins parts and normalizes the result. */
export const join: StdPath["join"] = std.join;

/** Resolves `.` and `..` parts and doubled separators. */
export const normalize: StdPath["normalize"] = std.normalize;

/** Parts of a path. */
export const parse: StdPath["parse"] = std.parse;

/** Path that leads from one path to another. */
export const relative: StdPath["relative"] = std.relative;

/** Absolute path; needs read permission for the working folder if no part is absolute. */
export const resolve: StdPath["resolve"] = std.resolve;

/** `file:` address of an absolute path. */
export const toFileUrl: StdPath["toFileUrl"] = std.toFileUrl;

/** Where the folders come from; the process's own surroundings unless a test says otherwise. */
export interface UserFolderOptions {
  /** Reads an environment variable. */
  readonly env?: (name: string) => string | undefined;
  /** Name of the operating system as in `Deno.build.os`. */
  readonly os?: string;
}

/**
 * Folder for files that can be made again: engines, downloads, compiled programs.
 *
 * `METAMAE_CACHE` names it; else it is `metamae` in `XDG_CACHE_HOME`, in `~/.cache`, or (without a
 * home folder) `.metamae/cache` in the working folder, never a shared folder such as `/tmp` where
 * others could plant a library.
 *
 * @throws {MissingError} If reading the environment variables is not permitted.
 */
export function cacheDir(options: UserFolderOptions = {}): string {
  const env = options.env ?? readEnv;
  const own = env("METAMAE_CACHE");
  if (own) return resolve(own);
  const windows = (options.os ?? Deno.build.os) === "windows";
  const given = env("XDG_CACHE_HOME");
  // The specification says that a relative value is to be ignored.
  if (given && isAbsolute(given)) return join(given, "metamae");
  const local = windows ? env("LOCALAPPDATA") : undefined;
  if (local) return join(local, "metamae", "cache");
  const home = env(windows ? "USERPROFILE" : "HOME");
  if (home && isAbsolute(home)) return join(home, ".cache", "metamae");
  return resolve(".metamae", "cache");
}

function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    throw explainIoError(error, `Cannot read the environment variable "${name}"`);
  }
}
