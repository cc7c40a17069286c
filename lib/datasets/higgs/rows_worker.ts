/**
 * Runs in a worker: reads rows of `HIGGS.csv`.
 *
 * @module
 */

import { serveJobs } from "../../util/mod.ts";
import { parseHiggsRows } from "./rows.ts";

serveJobs(parseHiggsRows, ({ features, labels }) => [features.buffer, labels.buffer]);
