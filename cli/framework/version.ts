/**
 * Versions of the program and of what it runs on.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { formatFacts, type JsonDocument } from "../../lib/terminal/mod.ts";
import { programVersion } from "../../lib/util/mod.ts";

/** Versions of the program and of everything that decides its numbers. */
export interface Versions {
  readonly metamae: string;
  readonly deno: string;
  readonly tfjs: string;
  /** Version of libtensorflow, `unknown` if its surroundings do not tell; null if none is found. */
  readonly libtensorflow: string | null;
}

/** Looks versions up; nothing is loaded or started. */
export async function readVersions(): Promise<Versions> {
  const { findLibtensorflow } = await import("../../lib/engine/install/mod.ts");
  const { found } = findLibtensorflow();
  return {
    metamae: programVersion,
    deno: Deno.version.deno,
    tfjs: manifest.imports["@tensorflow/tfjs"].split("@").at(-1)!,
    libtensorflow: found === undefined ? null : found.version ?? "unknown",
  };
}

/** Document of `metamae --version --json`. */
export function versionDocument(versions: Versions): JsonDocument {
  return { schema: "metamae/version", version: 1, ...versions };
}

/** Text of `metamae --version`. */
export function versionText({ metamae, deno, tfjs, libtensorflow }: Versions): string {
  return formatFacts([
    ["metamae", metamae],
    ["deno", deno],
    ["tensorflow.js", tfjs],
    [
      "libtensorflow",
      libtensorflow ?? 'not installed; "metamae engine install" makes training many times faster',
    ],
  ]);
}
