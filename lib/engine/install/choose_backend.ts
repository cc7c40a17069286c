/**
 * Which backend `auto` takes, and why.
 *
 * @module
 */

import { type LibtensorflowSearch, whyMissing } from "./locate.ts";

/** The backend that `auto` stands for here. */
export interface BackendChoice {
  readonly backend: "tensorflow" | "wasm";
  /** Why: one line for the user, without a final period. */
  readonly reason: string;
}

/** Options of {@linkcode chooseBackend}. */
export interface ChoiceOptions {
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
    return { backend: "wasm", reason: `${whyMissing(search)}${cure}` };
  }
  const name = `libtensorflow ${found.version ?? "of unknown version"}`;
  if (!ffi) {
    return { backend: "wasm", reason: `${name} is there, but --allow-ffi was not given to Deno` };
  }
  if (problem !== undefined) return { backend: "wasm", reason: problem };
  return { backend: "tensorflow", reason: `${name} is in "${found.folder}"` };
}

/** Whether native libraries may be opened. */
export function ffiGranted(): boolean {
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}
