/**
 * Training: runs that can be stopped, resumed and distributed.
 *
 * @module
 */

export { checkpointFolder } from "./checkpoint.ts";
export { checkMemory, type StepCost, stepCost } from "./estimate.ts";
export { type FinetuneModel, finetuneModel } from "./finetune_model.ts";
export { flatLayout } from "./flat_layout.ts";
export { type LoadedRun, loadRun, type LoadRunOptions } from "./load_run.ts";
export { type TrainBatch, trainSteps } from "./loop.ts";
export { measureSteps, type MeasureStepsOptions, type StepMeasurement } from "./measure_step.ts";
export { readMetricsLog } from "./metrics_log.ts";
export { adam, type AdamScalars, adamw, type AdamwScalars, type Moments } from "./optimizer.ts";
export { countParameters, type HostParameters, initialParameters } from "./parameters.ts";
export { planPretrain, type PretrainPlan } from "./plan.ts";
export type { PrepareHooks, PretrainOptions, RunChoices } from "./prepare_run.ts";
export { architectureOf, type ArchitectureOptions } from "./presets.ts";
export {
  pretrain,
  type PretrainHooks,
  type PretrainProgress,
  type PretrainResult,
  type Validated,
  type ValidatedRun,
  type Validation,
} from "./pretrain.ts";
export { openLabelledData, openTrainData, type TrainData } from "./train_data.ts";
export { stateDict, type TrainState, uploadState } from "./train_state.ts";
export { isTrainable, type TrainableModel, type TrainTensors, type Weights } from "./train_step.ts";
