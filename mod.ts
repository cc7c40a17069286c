/**
 * The library behind the command line: everything that `metamae` does can be scripted from here.
 *
 * A run goes through five stages, and each one reads what the stage before has written: a token store,
 * a run folder, a features folder, a result record, a report. This example runs the first four on a
 * handful of digits:
 *
 * ```ts
 * import { extractFeatures, loadRun, openStore, pretrain, runProbe, startEngine } from "./mod.ts";
 * import { tokenizeDataset } from "./mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await tokenizeDataset("mnist", { out: `${folder}/store`, limit: 32 });
 * await pretrain({
 *   data: `${folder}/store`,
 *   out: `${folder}/run`,
 *   method: "metamae",
 *   preset: "tiny",
 *   steps: 2,
 *   batchSize: 8,
 *   backend: "cpu",
 * });
 * const engine = await startEngine({ backend: "cpu" });
 * const run = await loadRun(`${folder}/run`);
 * const store = await openStore(`${folder}/store`);
 * await extractFeatures(run, store, `${folder}/features`, { engine, innerSteps: 1, gallery: 0 });
 * const record = await runProbe({
 *   features: `${folder}/features`,
 *   out: `${folder}/result.json`,
 *   probe: "ridge",
 *   engine,
 * });
 * console.assert(record.run.method === "metamae");
 * await store.close();
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */

export { type EngineInfo, type EngineOptions, startEngine } from "./lib/engine/mod.ts";
export { compile, type CompiledFunction, type CompileMode } from "./lib/engine/mod.ts";
export { findLibtensorflow } from "./lib/engine/install/mod.ts";
export { installEngine } from "./lib/engine/install/mod.ts";

export {
  type BackendName,
  backendNames,
  type InputKind,
  type InputSpec,
  presetNames,
} from "./lib/spec/mod.ts";
export type { MetricName, TaskSpec } from "./lib/spec/mod.ts";

export type { Architecture, Method, Model, ParameterSpec } from "./lib/methods/mod.ts";
export { anyMethod, findMethod, methods } from "./lib/methods/mod.ts";

export type { Conversion, Dataset, DatasetShape, Variant } from "./lib/datasets/mod.ts";
export { datasets, variantOf } from "./lib/datasets/mod.ts";
export type { RawFile } from "./lib/raw/mod.ts";
export { tokenizeDataset, type TokenizeOptions } from "./lib/datasets/mod.ts";

export { createStore } from "./lib/store/mod.ts";
export { openStore, type Split, type Store } from "./lib/store/mod.ts";
export type { StoreWriter } from "./lib/store/mod.ts";
export { batchAt, stepsPerEpoch } from "./lib/store/mod.ts";
export { verifyStore } from "./lib/store/mod.ts";

export { type LoadedRun, loadRun } from "./lib/train/mod.ts";
export {
  pretrain,
  type PretrainHooks,
  type PretrainOptions,
  type PretrainResult,
} from "./lib/train/mod.ts";
export { architectureOf } from "./lib/train/mod.ts";

export { extractFeatures, type ExtractFeaturesOptions } from "./lib/evaluate/mod.ts";
export { finetune, type FinetuneOptions } from "./lib/evaluate/mod.ts";
export { openFeatures } from "./lib/evaluate/mod.ts";
export { runProbe, type RunProbeOptions } from "./lib/evaluate/mod.ts";
export { fitLinearProbe } from "./lib/evaluate/mod.ts";
export { type ProbeMetric, probeMetrics } from "./lib/evaluate/mod.ts";
export type { ResultRecord, StoreManifest } from "./lib/documents/mod.ts";

export { buildTable, renderMarkdownTable, scoresOf } from "./lib/report/mod.ts";
export { groupRecords, groupScore } from "./lib/report/mod.ts";
export { findPublished } from "./lib/report/mod.ts";
export { plotCurves, plotHealth } from "./lib/report/mod.ts";
export { plotAdaptation, plotDecoderDepth, plotGalleries, plotScores } from "./lib/report/mod.ts";
export { standaloneSvg } from "./lib/report/mod.ts";
export { loadResults } from "./lib/report/mod.ts";
export { type ReportSummary, writeReport, type WriteReportOptions } from "./lib/report/mod.ts";

export { openSafetensors, readSafetensors, writeSafetensors } from "./lib/formats/tensor/mod.ts";
export { float32, int32, type NdArray } from "./lib/util/mod.ts";
export {
  AppError,
  DataError,
  LockedError,
  MissingError,
  NumericError,
  ScoreError,
  StorageError,
  UsageError,
} from "./lib/util/mod.ts";
