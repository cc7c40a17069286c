/**
 * Runs in a worker: makes log-mel pictures.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { makePictures } from "./pictures.ts";

serveJobs(makePictures, ({ pictures }) => pictures.map(({ buffer }) => buffer));
