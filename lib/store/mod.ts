/**
 * Token stores: written complete or not at all, verified, and read in batches.
 *
 * @module
 */

export { appendJobs } from "./append_jobs.ts";
export { sequentialBatches, trainingBatches } from "./batches.ts";
export { createStore, type Leftover } from "./create_store.ts";
export { listParts } from "./list_parts.ts";
export { batchAt, type BatchKey, epochIds, stepsPerEpoch } from "./sampler.ts";
export { type Batch, openStore, type Split, type Store } from "./store.ts";
export {
  type SplitName,
  storeDigest,
  type StoreDtype,
  storeFiles,
  type StoreManifest,
  type StoreOrigin,
} from "../documents/mod.ts";
export type { ColumnOptions, RowElements, StoreWriter } from "./store_writer.ts";
export { verifyStore } from "./verify.ts";
