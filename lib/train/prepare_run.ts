/**
 * Preparing a run: its method, samples, configuration and model.
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
import { findMethod, type Method, type Model } from "../methods/mod.ts";
import type { Schedule, ValueOf } from "../spec/mod.ts";
import { programVersion, resolve, UsageError } from "../util/mod.ts";
import { finetuneModel } from "./finetune_model.ts";
import { architectureOf } from "./presets.ts";
import { openTrainData, type TrainData } from "./train_data.ts";

/** What to train, on what, and where to. */
export interface PretrainOptions extends RunChoices {
  /** Folder of the token store; a resumed run knows its own. */
  readonly data?: string | undefined;
  /** Id of the method; a resumed run knows its own. */
  readonly method?: string | undefined;
  /** Run folder. */
  readonly out: string;
  /** Whether a run that is there goes on. */
  readonly resume?: boolean | undefined;
  /** The command line, for the record. */
  readonly command?: string | undefined;
}

/** Where methods and samples come from. */
export interface PrepareHooks {
  /** Finds a method by its id; the registry's if it is not given. */
  readonly findMethod?: (id: string) => Method;
  /** Opens the samples; those of a token store if it is not given. */
  readonly openData?: (folder: string) => Promise<TrainData>;
}

/** Everything that is known before the engine starts; disposing closes the samples. */
export interface PreparedRun extends AsyncDisposable {
  readonly data: TrainData;
  readonly config: RunConfig;
  readonly model: Model;
}

/**
 * Prepares a run; nothing is written.
 *
 * @param saved Configuration of the run that is resumed.
 * @throws {UsageError} If something is missing, unknown or out of range.
 * @throws {MissingError} If there is no token store.
 * @throws {DataError} If the store is damaged, or of a newer version.
 */
export async function prepareRun(
  options: PretrainOptions,
  saved: RunConfig | undefined,
  hooks: PrepareHooks,
): Promise<PreparedRun> {
  const methodId = options.method ?? saved?.method;
  if (methodId === undefined) {
    throw new UsageError("Cannot train: no method is given", { hint: "Pass --method NAME" });
  }
  const folder = options.data ?? saved?.data.folder;
  if (folder === undefined) {
    throw new UsageError("Cannot train: no token store is given", { hint: "Pass --data STORE" });
  }
  const method = (hooks.findMethod ?? findMethod)(methodId);
  const data = await (hooks.openData ?? openTrainData)(resolve(folder));
  const close = () => data[Symbol.asyncDispose]();
  try {
    const config = resolveRunConfig(options, method, data, saved);
    const built = method.build(config.inputs, config.architecture, config.methodOptions);
    const model = config.task === undefined ? built : finetuneModel(built, config.task);
    return { data, config, model, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Choices of a run; those left out come from the run that is resumed, else from the defaults. See
 * `runOptions` of lib/documents for what they mean.
 */
export type RunChoices =
  & {
    readonly [
      Name in Exclude<keyof typeof runOptions, "schedule" | "warmup" | "finalLr" | "resume">
    ]?:
      | ValueOf<typeof runOptions[Name]>
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
