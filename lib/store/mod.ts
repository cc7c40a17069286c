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
export { storeDigest } from "./store_digest.ts";
export {
  manifestName,
  type SplitName,
  type StoreDtype,
  storeFiles,
  type StoreManifest,
} from "./store_format.ts";
export type { StoreOrigin } from "./store_journal.ts";
export type { ColumnOptions, RowElements, StoreWriter } from "./store_writer.ts";
export { verifyStore } from "./verify.ts";
