/**
 * Runs in a worker: decodes images.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { makePixels } from "./pixels.ts";

serveJobs(makePixels, ({ values }) => [values.buffer]);
