/**
 * What a run would do and cost, without doing it.
 *
 * @module
 */

import { type RunConfig, runConfig } from "../documents/mod.ts";
import { ifThere } from "../util/mod.ts";
import { stepCost } from "./estimate.ts";
import { countParameters, type ParameterCounts } from "./parameters.ts";
import { type PrepareHooks, prepareRun, type PretrainOptions } from "./prepare_run.ts";
import { isTrainable } from "./train_step.ts";

/** Plan of a run. */
export interface PretrainPlan {
  readonly config: RunConfig;
  readonly parameters: ParameterCounts;
  /** Steps in all. */
  readonly steps: number;
  /** Samples in all steps. */
  readonly samples: number;
  /** How often every sample is seen. */
  readonly epochs: number;
  /** Estimated floating-point operations of one step; matrix products only. */
  readonly flopsPerStep: number;
  /** Estimated floating-point operations of the run. */
  readonly flops: number;
  /** Estimated peak memory in bytes, within a factor of about two. */
  readonly memoryBytes: number;
  /** Bytes of one checkpoint. */
  readonly checkpointBytes: number;
}

/**
 * Plans a run: everything is resolved and checked as {@linkcode pretrain} does, nothing is written.
 *
 * @throws {UsageError} If the configuration is wrong.
 * @throws {MissingError} If there is no token store.
 */
export async function planPretrain(
  options: PretrainOptions,
  hooks: PrepareHooks = {},
): Promise<PretrainPlan> {
  const saved = options.resume ? await ifThere(runConfig.read(options.out)) : undefined;
  await using prepared = await prepareRun(options, saved, hooks);
  const { config, model } = prepared;
  const { batchSize, steps: wanted } = config.training;
  const steps = isTrainable(model) ? wanted : 0;
  const cost = stepCost(model, batchSize);
  const parameters = countParameters(model.parameters);
  return {
    config,
    parameters,
    steps,
    samples: steps * batchSize,
    epochs: steps / Math.floor(config.data.samples / batchSize),
    flopsPerStep: steps === 0 ? 0 : cost.flops,
    flops: steps * cost.flops,
    memoryBytes: cost.bytes,
    checkpointBytes: 4 *
      (parameters.fixed + parameters.trainable * (isTrainable(model) ? 3 : 1)),
  };
}
