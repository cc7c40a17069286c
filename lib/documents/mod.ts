/**
 * The JSON documents that this program keeps on the disk: their fields, versions and checks.
 *
 * @module
 */

export { type CheckpointState, checkpointState } from "./checkpoint_state.ts";
export {
  defineDocument,
  type DocumentHeader,
  type DocumentKind,
  type DocumentOf,
  type DocumentOptions,
} from "./define_document.ts";
export {
  featuresDigest,
  type FeaturesManifest,
  featuresManifest,
  galleryManifest,
  type LatentAdaptation,
  type RunSummary,
  type SourceDigests,
} from "./features_manifest.ts";
export { gridCells } from "./grid_cells.ts";
export { type InstalledEngine, installedEngine } from "./installed_engine.ts";
export {
  type LatentName,
  latentName,
  type MetricRecord,
  packBits,
  packFloats,
  type ProbeName,
  probeName,
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
  unpackFloats,
} from "./result_record.ts";
export {
  engineFields,
  fallbackOf,
  loggingFields,
  modelFields,
  type RunConfig,
  runConfig,
  runOptions,
  trainingFields,
} from "./run_config.ts";
export {
  checkpointLine,
  type JobRun,
  journalHeader,
  type JournalLine,
  resultLine,
  type ShardState,
  type StoreOrigin,
  type TableState,
} from "./store_journal.ts";
export {
  type SplitName,
  splitName,
  type StoreColumn,
  storeDigest,
  type StoreDtype,
  type StoreFile,
  storeFileName,
  storeFiles,
  type StoreManifest,
  storeManifest,
  type StoreSplit,
  type StoreTable,
} from "./store_manifest.ts";
