/**
 * Readers of the names that registries know.
 *
 * @module
 */

import { type NameParser, word } from "../framework/mod.ts";

/** A name of a data set. */
export const datasetName: NameParser = word("DATASET", async () => {
  const { datasets } = await import("../../lib/datasets/mod.ts");
  return [...datasets.keys()];
});

/** A name of a method. */
export const methodName: NameParser = word("METHOD", async () => {
  const { methods } = await import("../../lib/methods/mod.ts");
  return [...methods.keys()];
});
