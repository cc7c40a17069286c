/**
 * From what a user asked for to the complete configuration of a run.
 *
 * @module
 */

import type { CompileMode } from "../engine/mod.ts";
import type { Architecture, BackboneName, Method } from "../methods/mod.ts";
import { programVersion, UsageError } from "../util/mod.ts";
import { architectureOf } from "./presets.ts";
import { type RunConfig, runConfig } from "../documents/mod.ts";
import type { BackendName, PresetName, Schedule } from "../spec/mod.ts";
import type { TrainData } from "./train_data.ts";

/** Choices of a run; those left out come from the run that is resumed, else from the defaults. */
export interface RunChoices {
  readonly preset?: PresetName | undefined;
  /** Transformer family; the method's first one if it is not given. */
  readonly backbone?: BackboneName | undefined;
  readonly decoderLayers?: number | undefined;
  readonly dropout?: number | undefined;
  /** Options of the method by name. */
  readonly methodOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Steps at which the run ends; default 100,000. */
  readonly steps?: number | undefined;
  /** Samples of one step; the store's own if it is not given. */
  readonly batchSize?: number | undefined;
  /** Learning rate; default 1e-4. */
  readonly lr?: number | undefined;
  /** Decoupled weight decay; default 1e-4. */
  readonly weightDecay?: number | undefined;
  /** Constant, as published, if it is not given. */
  readonly schedule?: Schedule | undefined;
  readonly seed?: number | undefined;
  /** Steps between lines of the log; default 1. */
  readonly logEvery?: number | undefined;
  /** Steps between measurements of health (see health_metrics.ts); default 100, 0 for none. */
  readonly healthEvery?: number | undefined;
  /** Steps between checkpoints that are kept; default 10,000. */
  readonly checkpointEvery?: number | undefined;
  /** Minutes after which a checkpoint is made in any case; default 10. */
  readonly checkpointMinutes?: number | undefined;
  /** Newest checkpoints that are kept; by default two, and all at multiples of `checkpointEvery`. */
  readonly keepLast?: number | undefined;
  /** Metric whose best checkpoint is kept as well. */
  readonly keepBest?: string | undefined;
  /** Whether an event file is written; default true. */
  readonly tensorboard?: boolean | undefined;
  readonly backend?: BackendName | undefined;
  readonly compile?: CompileMode | "auto" | undefined;
  /** Run folder whose newest weights the run starts from. */
  readonly from?: string | undefined;
  /** Where each choice came from, by option name. */
  readonly origins?: Readonly<Record<string, string>> | undefined;
}

/**
 * Completes the choices of a run.
 *
 * @param saved Configuration of the run that is resumed.
 * @throws {UsageError} If a value is out of range, or the method does not take the input.
 */
export function resolveRunConfig(
  choices: RunChoices,
  method: Method,
  data: TrainData,
  saved?: RunConfig,
): RunConfig {
  checkInput(method, data);
  const { training, logging, engine } = saved ?? {};
  const batchSize = choices.batchSize ?? training?.batchSize ?? data.defaultBatchSize;
  if (batchSize > data.samples) {
    throw new UsageError(
      `Cannot train with batches of ${batchSize}: the store "${data.folder}" has ${data.samples} samples in "${data.split}"`,
      { hint: `Pass --batch-size ${data.samples} or less` },
    );
  }
  const keepLast = choices.keepLast ?? logging?.keepLast;
  const keepBest = choices.keepBest ?? logging?.keepBest;
  const from = choices.from ?? training?.from;
  return checked({
    writer: programVersion,
    method: method.id,
    methodOptions: methodOptions(method, {
      ...saved?.methodOptions,
      ...given(choices.methodOptions),
    }),
    preset: choices.preset ?? saved?.preset ?? "paper",
    architecture: architecture(choices, method, saved),
    inputs: [...data.inputs],
    data: {
      folder: data.folder,
      dataset: data.dataset,
      variant: data.variant,
      sha256: data.sha256,
      split: data.split,
      samples: data.samples,
    },
    ...(data.task !== undefined && { task: data.task }),
    training: {
      steps: choices.steps ?? training?.steps ?? 100_000,
      batchSize,
      learningRate: choices.lr ?? training?.learningRate ?? 1e-4,
      weightDecay: choices.weightDecay ?? training?.weightDecay ?? 1e-4,
      schedule: choices.schedule ?? training?.schedule ?? { kind: "constant" },
      seed: choices.seed ?? training?.seed ?? 0,
      ...(from !== undefined && { from }),
    },
    logging: {
      logEvery: choices.logEvery ?? logging?.logEvery ?? 1,
      healthEvery: choices.healthEvery ?? logging?.healthEvery ?? 100,
      checkpointEvery: choices.checkpointEvery ?? logging?.checkpointEvery ?? 10_000,
      checkpointMinutes: choices.checkpointMinutes ?? logging?.checkpointMinutes ?? 10,
      ...(keepLast !== undefined && { keepLast }),
      ...(keepBest !== undefined && { keepBest }),
      tensorboard: choices.tensorboard ?? logging?.tensorboard ?? true,
    },
    engine: {
      backend: choices.backend ?? engine?.backend ?? "auto",
      compile: choices.compile ?? engine?.compile ?? "auto",
    },
    origins: { ...saved?.origins, ...choices.origins },
  });
}

/** Settings that were really given: an undefined one must not hide a saved one. */
function given(options: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function methodOptions(method: Method, options: Record<string, unknown>): Record<string, unknown> {
  const result = method.options.safeParse(options);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `"${issue.path.join(".")}": ${issue.message}`
  );
  throw new UsageError(`Cannot use the options of method "${method.id}": ${issues.join("; ")}`);
}

function architecture(choices: RunChoices, method: Method, saved?: RunConfig): Architecture {
  const { preset, backbone, decoderLayers, dropout } = choices;
  if (backbone !== undefined && !method.backbones.includes(backbone)) {
    throw new UsageError(
      `Cannot run method "${method.id}" on the backbone "${backbone}": it runs on ${
        method.backbones.join(", ")
      }`,
    );
  }
  const before = saved?.architecture;
  return architectureOf(
    preset ?? saved?.preset ?? "paper",
    backbone ?? before?.backbone ?? method.backbones[0]!,
    {
      decoderLayers: decoderLayers ?? before?.decoderLayers,
      dropout: dropout ?? before?.dropout,
    },
  );
}

function checkInput(method: Method, { inputs, folder }: TrainData): void {
  if (inputs.length > method.modalities) {
    throw new UsageError(
      `Cannot train method "${method.id}" on "${folder}": the store has ${inputs.length} modalities, ` +
        `the method takes ${method.modalities}`,
    );
  }
  for (const { kind } of inputs) {
    if (method.kinds.includes(kind)) continue;
    throw new UsageError(
      `Cannot train method "${method.id}" on "${folder}": the input is of kind "${kind}", ` +
        `the method takes ${method.kinds.join(", ")}`,
    );
  }
}

function checked(fields: Omit<RunConfig, "schema" | "version">): RunConfig {
  const result = runConfig.fields.safeParse(fields);
  if (result.success) return runConfig.make(result.data);
  const issues = result.error.issues.map(({ path, message }) => `"${path.join(".")}": ${message}`);
  throw new UsageError(`Cannot use the configuration of the run: ${issues.join("; ")}`);
}
