/**
 * All data sets, by the name that the command line takes: one line a data set.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { mnist } from "./mnist.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [
    mnist,
  ].map((dataset) => [dataset.id, dataset]),
);
