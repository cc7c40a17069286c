/**
 * Runs a test on every backend of the engine that this machine has.
 *
 * @module
 */

import { startEngine } from "../../lib/engine/backend/backend.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { tensorflowAvailable } from "../engine_available.ts";

/** Registers a test for `tensorflow` (ignored where it is not installed) and for `wasm`. */
export function testOnBackends(
  name: string,
  body: (backend: "tensorflow" | "wasm") => void | Promise<void>,
): void {
  for (const backend of ["tensorflow", "wasm"] as const) {
    Deno.test({
      name: `${name} on ${backend}`,
      ignore: backend === "tensorflow" && !tensorflowAvailable,
      // The engine lives as long as the process.
      sanitizeResources: false,
      sanitizeOps: false,
      async fn() {
        await startEngine({ backend });
        const before = tf.memory().numTensors;
        await body(backend);
        const leaked = tf.memory().numTensors - before;
        if (leaked !== 0) throw new Error(`The test left ${leaked} tensors behind`);
      },
    });
  }
}
