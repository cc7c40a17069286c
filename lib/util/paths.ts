/**
 * Folders of the user: cache, configuration and state, by the XDG base directory specification.
 *
 * @module
 */

import { isAbsolute, join, resolve } from "./path.ts";
import { explainIoError } from "./io_errors.ts";

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
  return own ? resolve(own) : userFolder("XDG_CACHE_HOME", ".cache", "cache", options);
}

/**
 * Folder for the user's defaults: `metamae` in `XDG_CONFIG_HOME` or in `~/.config`.
 *
 * @throws {MissingError} If reading the environment variables is not permitted.
 */
export function configDir(options: UserFolderOptions = {}): string {
  return userFolder("XDG_CONFIG_HOME", ".config", "config", options);
}

/**
 * Folder for what should outlive a restart: `metamae` in `XDG_STATE_HOME` or in `~/.local/state`.
 *
 * @throws {MissingError} If reading the environment variables is not permitted.
 */
export function stateDir(options: UserFolderOptions = {}): string {
  return userFolder("XDG_STATE_HOME", join(".local", "state"), "state", options);
}

function userFolder(
  variable: string,
  belowHome: string,
  name: string,
  options: UserFolderOptions,
): string {
  const env = options.env ?? readEnv;
  const windows = (options.os ?? Deno.build.os) === "windows";
  const given = env(variable);
  // The specification says that a relative value is to be ignored.
  if (given && isAbsolute(given)) return join(given, "metamae");
  if (windows) {
    const local = env("LOCALAPPDATA");
    if (local) return join(local, "metamae", name);
  }
  const home = env(windows ? "USERPROFILE" : "HOME");
  if (home && isAbsolute(home)) return join(home, belowHome, "metamae");
  return resolve(".metamae", name);
}

function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    throw explainIoError(error, `Cannot read the environment variable "${name}"`);
  }
}
