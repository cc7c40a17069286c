/**
 * Runs in a worker: makes rows of images and recordings.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { makeRow } from "./media_job.ts";

serveJobs(makeRow, (row) => [row.buffer]);
