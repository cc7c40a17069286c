/**
 * A worker for the tests of the pool, and its job.
 *
 * @module
 */

import { DataError } from "../../lib/util/errors.ts";
import { serveJobs } from "../../lib/util/worker_pool.ts";

/** What the job is told to do. */
export interface Task {
  readonly value: number;
  readonly wait?: number;
  readonly fail?: "data" | "other";
}

/** Doubles a number, late or never. */
export async function double(
  { value, wait = 0, fail }: Task,
): Promise<{ readonly bytes: Uint8Array }> {
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  if (fail === "data") throw new DataError(`Cannot double ${value}: it is bad`);
  if (fail === "other") throw new TypeError("a mistake of ours");
  return { bytes: Uint8Array.of(2 * value) };
}

if ("WorkerGlobalScope" in globalThis) {
  serveJobs(double, ({ bytes }) => [bytes.buffer as ArrayBuffer]);
}
