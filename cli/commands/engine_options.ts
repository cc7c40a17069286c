/**
 * Options that choose the engine, shared by all subcommands that compute.
 *
 * @module
 */

import type { BackendName } from "../../lib/spec/mod.ts";
import { oneOf, optional, type OptionSpec, showing } from "../framework/mod.ts";
import type { CompileMode } from "../../lib/engine/mod.ts";

const backends: readonly BackendName[] = ["auto", "tensorflow", "wasm", "cpu"];
const modes: readonly (CompileMode | "auto")[] = ["auto", "xla", "graph", "off"];

/** `--backend`: which library computes. */
export const backendOption: OptionSpec<BackendName, "optional"> = showing(
  "auto",
  optional(
    oneOf(backends, "B"),
    "What computes; auto takes TensorFlow where it is installed, else wasm",
  ),
);

/** `--compile`: whether steps are compiled whole. */
export const compileOption: OptionSpec<CompileMode | "auto", "optional"> = showing(
  "auto",
  optional(
    oneOf(modes, "MODE"),
    "How steps are compiled; auto takes the fastest that the backend has",
  ),
);
