/**
 * Features, test-time adaptation and probes.
 *
 * @module
 */

export { extractFeatures, type ExtractFeaturesOptions, openFeatures } from "./features.ts";
export { finetune, type FinetuneOptions, finetuneResultName } from "./finetune.ts";
export { fitLinearProbe } from "./linear_probe.ts";
export { type ProbeMetric, probeMetrics } from "./probe_metrics.ts";
export { runProbe, type RunProbeOptions } from "./probe.ts";
export { runDabsTransfer } from "./dabs_transfer.ts";
