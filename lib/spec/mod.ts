/**
 * What a sample and a task are: the words in which data sets, methods and reports speak.
 *
 * @module
 */

export {
  type FeaturesManifest,
  featuresManifest,
  featuresVersion,
  type GalleryManifest,
  type LatentAdaptation,
  type RunSummary,
} from "./features_manifest.ts";
export {
  describeInput,
  type InputKind,
  type InputSpec,
  inputSpec,
  patchCount,
  patchWidth,
  sampleShape,
} from "./input.ts";
export { corruptedCount, keptCount } from "./lengths.ts";
export {
  type LatentName,
  type MetricRecord,
  packBits,
  packFloats,
  type ProbeName,
  type ProbeRecord,
  type ResultRecord,
  resultVersion,
  unpackFloats,
} from "./result_record.ts";
export { type MetricName, outputCount, type TaskSpec, taskSpec } from "./task.ts";
