/**
 * Options and arguments that several subcommands have.
 *
 * @module
 */

import { z } from "zod";
import { runOptions } from "../../lib/documents/mod.ts";

/** A name of a data set. */
export const datasetName = z.string().meta({
  metavar: "DATASET",
  names: async () => [...(await import("../../lib/datasets/mod.ts")).datasets.keys()],
});

/** A name of a method. */
export const methodName = z.string().meta({
  metavar: "METHOD",
  names: async () => [...(await import("../../lib/methods/mod.ts")).methods.keys()],
});

/** `--backend` and `--compile`: which library computes, and whether steps are compiled whole. */
export const engineOptions = { backend: runOptions.backend, compile: runOptions.compile };

/** A count that is not negative. */
export const atLeast0 = z.number().int().min(0);

/** A count that is not zero. */
export const atLeast1 = z.number().int().min(1);
