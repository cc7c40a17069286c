/**
 * What a sample and a task are: the words in which data sets, methods and reports speak.
 *
 * @module
 */

export {
  type BackendName,
  backendNames,
  type PresetName,
  presetNames,
  type Schedule,
  schedule,
} from "./choices.ts";
export {
  describeInput,
  type ImageLook,
  imageLook,
  type InputKind,
  type InputSpec,
  inputSpec,
  patchCount,
  patchWidth,
  sampleShape,
  usualLook,
} from "./input.ts";
export { corruptedCount, keptCount } from "./lengths.ts";
export type { SchemaIssue, ValueOf, ValueSchema } from "./schema.ts";
export { type MetricName, metricName, outputCount, type TaskSpec, taskSpec } from "./task.ts";
