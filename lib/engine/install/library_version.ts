/**
 * Asking a libtensorflow for its version, which shows whether it can be opened here.
 *
 * @module
 */

import { explainIoError, MissingError } from "../../util/mod.ts";

/**
 * Opens a library and returns what `TF_Version` says. It stays open, since TensorFlow cannot be
 * unloaded.
 *
 * @throws {MissingError} If the library cannot be opened, lacks the C API, or FFI is not permitted.
 */
export function libraryVersion(path: string): string {
  const action = `Cannot open "${path}"`;
  try {
    const { symbols } = Deno.dlopen(path, { TF_Version: { parameters: [], result: "pointer" } });
    const version = symbols.TF_Version();
    return version === null ? "" : Deno.UnsafePointerView.getCString(version);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw explainIoError(error, action);
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new MissingError(`${action}: ${reason}`, {
      cause: error,
      hint: "The library may be for another processor or a newer system; --backend wasm works " +
        "without it",
    });
  }
}
