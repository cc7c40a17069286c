/**
 * Choosing and starting the engine's backend.
 *
 * @module
 */

import { startNativeBackend } from "./native_backend.ts";
import { tf } from "./tf.ts";
import type { CompileMode } from "./compile.ts";

/** Backends by name; `auto` takes TensorFlow where it is installed, else wasm. */
export const backendNames = ["auto", "tensorflow", "wasm", "cpu"] as const;

/** Name of a backend on the command line. */
export type BackendName = typeof backendNames[number];

/** What was started. */
export interface EngineInfo {
  readonly backend: "tensorflow" | "wasm" | "cpu";
  /** The mode that `auto` resolves to on this backend. */
  readonly compile: CompileMode;
  /** Version of the native library or of the packaged backend. */
  readonly version: string;
  /** Why this backend was chosen, one line for the user, if it was not asked for. */
  readonly reason: string | undefined;
}

/** Options of {@linkcode startEngine}. */
export interface EngineOptions {
  readonly backend?: BackendName;
  readonly compile?: CompileMode | "auto";
}

/**
 * Starts a backend, once a process.
 *
 * @throws {MissingError} If the backend that was asked for is not installed.
 */
export async function startEngine(options: EngineOptions = {}): Promise<EngineInfo> {
  const wanted = options.backend ?? "auto";
  if (wanted === "tensorflow" || wanted === "auto") {
    const native = await startNativeBackend(
      Deno.env.get("METAMAE_LIBTENSORFLOW") + "/libtensorflow_cc.so.2",
    );
    await tf.setBackend("tensorflow");
    return {
      backend: "tensorflow",
      compile: "xla",
      version: native.library.version,
      reason: undefined,
    };
  }
  const backend = wanted;
  if (backend === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  await tf.setBackend(backend);
  await tf.ready();
  return { backend, compile: "off", version: tf.version_core, reason: undefined };
}
