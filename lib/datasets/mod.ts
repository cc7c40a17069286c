/**
 * The data sets, their registry, and the conversion of raw files to token stores.
 *
 * @module
 */

export {
  type Conversion,
  type ConversionOptions,
  type Dataset,
  type DatasetShape,
  type DeclareOptions,
  type Variant,
  variantOf,
} from "./conversion/dataset.ts";
export { datasets } from "./registry.ts";
export { tokenizeDataset, type TokenizeOptions } from "./tokenize_dataset.ts";
