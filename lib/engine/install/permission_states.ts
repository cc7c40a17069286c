/**
 * The Deno permissions that the program needs, and which of them it has.
 *
 * @module
 */

import { cacheDir } from "../../util/mod.ts";
import { packageInstallers } from "./package_installers.ts";

/** A permission of this process. */
export interface PermissionReport {
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
