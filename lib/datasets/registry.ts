/**
 * All data sets, by the name that the command line takes: one line a data set.
 *
 * @module
 */

import { cifar10 } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { mnist } from "./mnist.ts";
import { pamap2 } from "./pamap2.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [
    cifar10,
    mnist,
    pamap2,
  ].map((dataset) => [dataset.id, dataset]),
);
