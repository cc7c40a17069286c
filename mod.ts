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

export {
  type BackendName,
  backendNames,
  type EngineInfo,
  type EngineOptions,
  startEngine,
} from "./lib/engine/backend.ts";
export { compile, type CompiledFunction, type CompileMode } from "./lib/engine/compile.ts";
export { findLibtensorflow } from "./lib/engine/install/locate.ts";
export { installEngine } from "./lib/engine/install/install.ts";

export type { InputKind, InputSpec } from "./lib/spec/input.ts";
export type { MetricName, TaskSpec } from "./lib/spec/task.ts";

export type { Architecture, Method, Model, ParameterSpec } from "./lib/methods/method.ts";
export { findMethod, methods } from "./lib/methods/registry.ts";

export type { Dataset, DatasetShape, RawFile } from "./lib/datasets/dataset.ts";
export { datasets } from "./lib/datasets/registry.ts";
export { tokenizeDataset, type TokenizeOptions } from "./lib/datasets/tokenize_dataset.ts";

export { createStore } from "./lib/data/create_store.ts";
export { openStore, type Split, type Store } from "./lib/data/store.ts";
export type { StoreManifest } from "./lib/data/store_format.ts";
export type { StoreWriter } from "./lib/data/store_writer.ts";
export { batchAt, stepsPerEpoch } from "./lib/data/sampler.ts";
export { verifyStore } from "./lib/data/verify.ts";

export { type LoadedRun, loadRun } from "./lib/train/load_run.ts";
export {
  pretrain,
  type PretrainHooks,
  type PretrainOptions,
  type PretrainResult,
} from "./lib/train/pretrain.ts";
export { architectureOf, presetNames } from "./lib/train/presets.ts";

export { extractFeatures, type ExtractFeaturesOptions } from "./lib/evaluate/features.ts";
export { finetune, type FinetuneOptions } from "./lib/evaluate/finetune.ts";
export { openFeatures } from "./lib/evaluate/open_features.ts";
export { runProbe, type RunProbeOptions } from "./lib/evaluate/probe.ts";
export { fitLinearProbe } from "./lib/evaluate/linear_probe.ts";
export type { ResultRecord } from "./lib/spec/result_record.ts";

export { buildTable } from "./lib/report/build_table.ts";
export { groupRecords, groupScore } from "./lib/report/groups.ts";
export { findPublished } from "./lib/report/published.ts";
export { plotCurves, plotHealth } from "./lib/report/curve_figures.ts";
export {
  plotAdaptation,
  plotDecoderDepth,
  plotGalleries,
  plotScores,
} from "./lib/report/figures.ts";
export { standaloneSvg } from "./lib/report/svg.ts";
export { loadResults } from "./lib/report/collect.ts";
export { type ReportSummary, writeReport, type WriteReportOptions } from "./lib/report/report.ts";

export { openSafetensors, readSafetensors, writeSafetensors } from "./lib/formats/safetensors.ts";
export { float32, int32, type NdArray } from "./lib/util/ndarray.ts";
export {
  AppError,
  DataError,
  LockedError,
  MissingError,
  NumericError,
  ScoreError,
  StorageError,
  UsageError,
} from "./lib/util/errors.ts";
