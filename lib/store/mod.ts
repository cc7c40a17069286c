/**
 * Token stores: written complete or not at all, verified, and read in batches.
 *
 * @module
 */

export { sequentialBatches, trainingBatches } from "./batches.ts";
export { createStore, type Leftover } from "./create_store.ts";
export { batchAt, type BatchKey, epochIds, stepsPerEpoch } from "./sampler.ts";
export { type Batch, openStore, type Split, type Store, verifyStore } from "./store.ts";
export {
  appendJobs,
  type ColumnOptions,
  listParts,
  type RowElements,
  type StoreWriter,
} from "./store_writer.ts";
