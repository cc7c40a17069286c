/**
 * Token stores: written complete or not at all, verified, and read in batches.
 *
 * @module
 */

export { sequentialBatches, trainingBatches } from "./batches.ts";
export {
  createStore,
  type CreateStoreOptions,
  type Leftover,
  type StoreContents,
} from "./create_store.ts";
export { batchAt, type BatchKey, epochIds, type SampledSplit, stepsPerEpoch } from "./sampler.ts";
export {
  type Batch,
  openStore,
  type OpenStoreOptions,
  type SampleSource,
  type Split,
  type StartGroup,
  type StartRange,
  type Store,
  type Verification,
  verifyStore,
  type VerifyStoreOptions,
} from "./store.ts";
export {
  appendJobs,
  type ColumnOptions,
  type JobRows,
  listParts,
  type RowElements,
  type StoreDeclaration,
  type StoreWriter,
} from "./store_writer.ts";
