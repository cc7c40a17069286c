/**
 * Environment variables that libtensorflow reads once, when it is opened.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "../../util/mod.ts";

/** What the variables are derived from. */
interface EnvironmentOptions {
  /** Folder for files that can be made again. */
  readonly cache: string;
  /** Path of the library. */
  readonly library: string;
  readonly version: string | undefined;
}

/**
 * Sets the log level, the allocator and XLA's folder of compiled programs, unless the user has set
 * them.
 *
 * The pooling allocator keeps buffers between steps. The default one gives every large buffer back
 * to the system and faults it in again at the next step, which cost a third of the time of a small
 * model's step.
 *
 * Compiled programs hold machine code for one processor and one library, so the folder's name is a
 * digest of both; whoever can write there can run code as the user, as with any program cache.
 *
 * @returns The folder of compiled programs.
 */
export function setEnvironment(options: EnvironmentOptions): string {
  setDefault("TF_CPP_MIN_LOG_LEVEL", "3");
  setDefault("TF_CPU_ALLOCATOR_USE_BFC", "1");
  const programs = join(options.cache, "programs", machineDigest(options));
  setDefault(
    "TF_XLA_FLAGS",
    `--tf_xla_persistent_cache_directory=${quoted(programs)} ` +
      "--tf_xla_persistent_cache_device_types=CPU,GPU",
  );
  return programs;
}

/** A value as TensorFlow reads it in a list of flags, which a space would end. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

function setDefault(name: string, value: string): void {
  if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
}

/** Digest of processor features and library. */
function machineDigest({ library, version }: EnvironmentOptions): string {
  const hash = createHash("sha256").update(`${library}\n${version}\n${Deno.build.target}\n`);
  try {
    const features = Deno.readTextFileSync("/proc/cpuinfo").match(/^(flags|Features)\s*:.*$/m);
    hash.update(features?.[0] ?? "");
  } catch {
    // Without that file the target triple has to do.
  }
  return hash.digest("hex").slice(0, 16);
}
