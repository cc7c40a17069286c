/**
 * Runs in a worker: does the jobs of conversions.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { runJob } from "./jobs.ts";

/** Buffers of the arrays in a result. */
function buffersOf(result: object): ArrayBuffer[] {
  const arrays = Object.values(result).flat().filter((value) => ArrayBuffer.isView(value));
  return [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))];
}

serveJobs(runJob, buffersOf);
