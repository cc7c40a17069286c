/**
 * Training: runs that can be stopped, resumed and distributed.
 *
 * @module
 */

export { checkpointFolder } from "./checkpoint.ts";
export { checkMemory, type StepCost, stepCost } from "./estimate.ts";
export { type FinetuneModel, finetuneModel } from "./finetune_model.ts";
export { flatLayout } from "./flat_layout.ts";
export { type LoadedRun, loadRun } from "./load_run.ts";
export { trainSteps } from "./loop.ts";
export { measureSteps, type MeasureStepsOptions, type StepMeasurement } from "./measure_step.ts";
export { readMetricsLog } from "./metrics_log.ts";
export { adam, type AdamScalars, adamw, type AdamwScalars, type Moments } from "./optimizer.ts";
export { countParameters, initialParameters } from "./parameters.ts";
export { planPretrain, type PretrainPlan } from "./plan.ts";
export { architectureOf } from "./presets.ts";
export {
  pretrain,
  type PretrainHooks,
  type PretrainResult,
  type Validated,
  type ValidatedRun,
  type Validation,
} from "./pretrain.ts";
export type { PretrainOptions } from "./prepare_run.ts";
export { openLabelledData, openTrainData } from "./train_data.ts";
export { stateDict, uploadState } from "./train_state.ts";
export { isTrainable, type TrainableModel, type Weights } from "./train_step.ts";
