/**
 * Runs in a worker: turns texts into ids.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { encodeBatch } from "./encode_texts.ts";

serveJobs(encodeBatch, ({ ids }) => [ids.buffer]);
