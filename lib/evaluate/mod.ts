/**
 * Features, test-time adaptation and probes.
 *
 * @module
 */

export { runDabsTransfer } from "./dabs_transfer.ts";
export type { FeatureRun } from "./feature_run.ts";
export {
  extractFeatures,
  type ExtractFeaturesOptions,
  type Features,
  openFeatures,
} from "./features.ts";
export {
  finetune,
  type FinetuneHooks,
  type FinetuneOptions,
  type FinetuneResult,
  finetuneResultName,
} from "./finetune.ts";
export {
  fitLinearProbe,
  type LinearHead,
  type LinearProbeFit,
  type LinearProbeOptions,
  type ProbeEpoch,
} from "./linear_probe.ts";
export type { MetricValue, Statistic } from "./metrics.ts";
export { runProbe, type RunProbeOptions } from "./probe.ts";
export type { ProbeData } from "./probe_data.ts";
export { type Predictions, type ProbeMetric, probeMetrics } from "./probe_metrics.ts";
export type { Scores } from "./scores.ts";
