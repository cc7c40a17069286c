/**
 * Runs in a worker: reads rows of `HIGGS.csv`.
 *
 * @module
 */

import { serveJobs } from "../../util/worker_pool.ts";
import { parseHiggsRows } from "./rows.ts";

serveJobs(parseHiggsRows, ({ features, labels }) => [features.buffer, labels.buffer]);
