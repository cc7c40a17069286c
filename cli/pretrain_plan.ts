/**
 * What `metamae pretrain --dry-run` tells: the resolved configuration and what it costs.
 *
 * @module
 */

import { findMethod } from "../lib/methods/registry.ts";
import { checkMemory, costProfile, type StepCost, stepCost } from "../lib/train/estimate.ts";
import { countParameters, type ParameterCounts } from "../lib/train/parameters.ts";
import type { PretrainOptions } from "../lib/train/pretrain.ts";
import { resolveRunConfig } from "../lib/train/resolve_run_config.ts";
import {
  configDifferences,
  readRunConfig,
  type RunConfig,
  runConfigPath,
} from "../lib/train/run_config.ts";
import { openTrainData } from "../lib/train/train_data.ts";
import { UsageError } from "../lib/util/errors.ts";
import { formatBytes, formatCount } from "./format.ts";
import type { Style } from "./output.ts";
import { formatFacts } from "./table.ts";

/** A run that was thought through. */
export interface PretrainPlan {
  readonly config: RunConfig;
  readonly parameters: ParameterCounts;
  /** Estimated cost of one step. */
  readonly step: StepCost;
  /** Estimated floating-point operations of the whole run. */
  readonly flops: number;
  /** Bytes of one checkpoint: weights and two moments of the trainable ones. */
  readonly checkpointBytes: number;
  readonly epochs: number;
}

/**
 * Resolves a run as training would, without an engine and without writing anything.
 *
 * @throws {UsageError} If training would refuse the configuration.
 * @throws {MissingError} If a step does not fit the memory of the backend that was asked for.
 */
export async function planPretrain(options: PretrainOptions): Promise<PretrainPlan> {
  const saved = await savedConfig(options);
  const id = options.method ?? saved?.method;
  const folder = options.data ?? saved?.data.folder;
  if (id === undefined || folder === undefined) {
    throw new UsageError(
      `Cannot train: no ${id === undefined ? "method" : "token store"} is given`,
      { hint: `Pass ${id === undefined ? "--method NAME" : "--data STORE"}` },
    );
  }
  const method = findMethod(id);
  await using data = await openTrainData(folder);
  const config = resolveRunConfig(options, method, data, saved);
  const differences = saved === undefined ? [] : configDifferences(saved, config);
  if (differences.length > 0) {
    throw new UsageError(
      `Cannot resume "${options.out}": the configuration is another one\n` +
        differences.map((line) => `  ${line}`).join("\n"),
    );
  }
  const model = method.build(config.inputs, config.architecture, config.methodOptions);
  const profile = costProfile(model, config.methodOptions);
  const { batchSize, steps } = config.training;
  const cost = (size: number) => stepCost(model, profile, size);
  if (config.engine.backend === "wasm") checkMemory("wasm", batchSize, cost);
  const parameters = countParameters(model.parameters);
  const taken = method.trainable ? steps : 0;
  return {
    config,
    parameters,
    step: cost(batchSize),
    flops: cost(batchSize).flops * taken,
    checkpointBytes: 4 * (3 * parameters.trainable + parameters.fixed),
    epochs: taken * batchSize / data.samples,
  };
}

/** The plan as text. */
export function planText(plan: PretrainPlan, style: Style): string {
  const { config, parameters, step, flops } = plan;
  const { training, architecture, data } = config;
  const methodOptions = Object.entries(config.methodOptions)
    .map(([name, value]) => `${name} ${value}`).join(", ");
  return formatFacts([
    ["method", config.method + (methodOptions === "" ? "" : ` (${methodOptions})`)],
    ["data", `${data.dataset}, ${data.split}: ${formatCount(data.samples)} samples`],
    [
      "encoder",
      `width ${architecture.encoderWidth}, ${architecture.encoderLayers} layers, ` +
      `${architecture.encoderHeads} heads`,
    ],
    [
      "decoder",
      `width ${architecture.decoderWidth}, ${architecture.decoderLayers} layers, ` +
      `${architecture.decoderHeads} heads`,
    ],
    [
      "weights",
      `${formatCount(parameters.trainable)} trained, ${formatCount(parameters.fixed)} fixed`,
    ],
    [
      "training",
      `${formatCount(training.steps)} steps of ${formatCount(training.batchSize)} samples ` +
      `(${formatCount(plan.epochs)} epochs), learning rate ${training.learningRate} ` +
      `(${training.schedule.kind}), weight decay ${training.weightDecay}, seed ${training.seed}`,
    ],
    [
      "a step",
      `about ${(step.flops / 1e9).toPrecision(3)} GFLOP, ${formatBytes(step.bytes)} of memory`,
    ],
    ["the run", `about ${(flops / 1e12).toPrecision(3)} TFLOP`],
    ["a checkpoint", formatBytes(plan.checkpointBytes)],
  ], style.dim);
}

async function savedConfig({ out, resume }: PretrainOptions): Promise<RunConfig | undefined> {
  if (!resume) return undefined;
  const exists = await Deno.stat(runConfigPath(out)).then(() => true, () => false);
  return exists ? await readRunConfig(out) : undefined;
}
