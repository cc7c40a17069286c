/**
 * Runs in a worker: makes the pictures of the captioned data sets.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { makeSquarePicture } from "./square_picture.ts";

serveJobs(makeSquarePicture, ({ values }) => [values.buffer]);
