/**
 * The data sets, their registry, and the conversion of raw files to token stores.
 *
 * @module
 */

export type { Dataset, DatasetShape, RawFile, TokenizeContext } from "./dataset.ts";
export { isFetchable } from "./download_raw.ts";
export { datasets } from "./registry.ts";
export { tokenizeDataset, type TokenizeOptions } from "./tokenize_dataset.ts";
