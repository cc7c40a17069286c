/**
 * Readers of the names that registries know.
 *
 * @module
 */

import { type NameParser, word } from "./options.ts";

/** A name of a data set. */
export const datasetName: NameParser = word("DATASET", async () => {
  const { datasets } = await import("../lib/datasets/registry.ts");
  return [...datasets.keys()];
});

/** A name of a method. */
export const methodName: NameParser = word("METHOD", async () => {
  const { methods } = await import("../lib/methods/registry.ts");
  return [...methods.keys()];
});
