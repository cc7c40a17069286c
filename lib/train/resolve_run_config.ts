/**
 * From what a user asked for to the complete configuration of a run.
 *
 * @module
 */

import type { z } from "zod";
import {
  engineFields,
  fallbackOf,
  loggingFields,
  modelFields,
  type RunConfig,
  runConfig,
  runOptions,
  trainingFields,
} from "../documents/mod.ts";
import type { Method } from "../methods/mod.ts";
import type { Schedule } from "../spec/mod.ts";
import { programVersion, UsageError } from "../util/mod.ts";
import { architectureOf } from "./presets.ts";
import type { TrainData } from "./train_data.ts";

type RunOptions = typeof runOptions;

/**
 * Choices of a run; those left out come from the run that is resumed, else from the defaults. See
 * `runOptions` of lib/documents for what they mean.
 */
export type RunChoices =
  & {
    readonly [Name in Exclude<keyof RunOptions, "schedule" | "warmup" | "finalLr" | "resume">]?:
      | z.output<RunOptions[Name]>
      | undefined;
  }
  & {
    /** Constant, as published, if it is not given. */
    readonly schedule?: Schedule | undefined;
    /** Whether an event file is written; default true. */
    readonly tensorboard?: boolean | undefined;
    /** Options of the method by name. */
    readonly methodOptions?: Readonly<Record<string, unknown>> | undefined;
    /** Where each choice came from, by option name. */
    readonly origins?: Readonly<Record<string, string>> | undefined;
  };

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
  const named = { ...choices, learningRate: choices.lr };
  const training = resolved(trainingFields, named, saved?.training, {
    batchSize: data.defaultBatchSize,
  });
  const { batchSize } = training;
  if (batchSize > data.samples) {
    throw new UsageError(
      `Cannot train with batches of ${batchSize}: the store "${data.folder}" has ` +
        `${data.samples} samples in "${data.split}"`,
      { hint: `Pass --batch-size ${data.samples} or less` },
    );
  }
  const model = resolved(modelFields, choices, { ...saved?.architecture, preset: saved?.preset }, {
    backbone: method.backbones[0],
  });
  checkBackbone(method, choices.backbone);
  return checked({
    writer: programVersion,
    method: method.id,
    methodOptions: methodOptions(method, {
      ...saved?.methodOptions,
      ...given(choices.methodOptions),
    }),
    preset: model.preset,
    architecture: architectureOf(model.preset, model.backbone, model),
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
    training,
    logging: resolved(loggingFields, named, saved?.logging),
    engine: resolved(engineFields, named, saved?.engine),
    origins: { ...saved?.origins, ...choices.origins },
  });
}

/** The fields of one part of a configuration: as chosen, else as saved, else by default. */
function resolved<Fields extends z.ZodObject>(
  { shape }: Fields,
  choices: Readonly<Record<string, unknown>>,
  saved: Readonly<Record<string, unknown>> = {},
  defaults: Readonly<Record<string, unknown>> = {},
): z.output<Fields> {
  const values = Object.entries(shape).map(([name, field]) =>
    [
      name,
      choices[name] ?? saved[name] ?? defaults[name] ?? fallbackOf(field as z.ZodType),
    ] as const
  );
  // Complete and of the right types when the whole configuration has been checked.
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as z.output<Fields>;
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

function checkBackbone({ id, backbones }: Method, chosen: RunChoices["backbone"]): void {
  if (chosen === undefined || backbones.includes(chosen)) return;
  throw new UsageError(
    `Cannot run method "${id}" on the backbone "${chosen}": it runs on ${backbones.join(", ")}`,
  );
}

function checkInput(method: Method, { inputs, folder }: TrainData): void {
  if (inputs.length > method.modalities) {
    throw new UsageError(
      `Cannot train method "${method.id}" on "${folder}": the store has ${inputs.length} ` +
        `modalities, the method takes ${method.modalities}`,
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
