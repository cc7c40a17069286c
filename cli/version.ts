/**
 * Versions of the program and of what it runs on.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };

/** Versions of the program, the runtime and the tensor library that it is pinned to. */
export interface Versions {
  readonly metamae: string;
  readonly deno: string;
  readonly tfjs: string;
}

/** The versions that need no look at the disk. */
export const versions: Versions = {
  metamae: manifest.version,
  deno: Deno.version.deno,
  tfjs: manifest.imports["@tensorflow/tfjs"].split("@").at(-1)!,
};

/**
 * Text of `metamae --version`.
 *
 * @param engine Version of libtensorflow; undefined if none is installed.
 */
export function versionText(engine: string | undefined): string {
  return [
    `metamae ${versions.metamae}`,
    `deno ${versions.deno}`,
    `tensorflow.js ${versions.tfjs}`,
    engine === undefined
      ? 'libtensorflow not installed ("metamae engine install" makes training fast)'
      : `libtensorflow ${engine}`,
  ].join("\n");
}
