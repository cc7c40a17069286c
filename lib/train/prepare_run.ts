/**
 * Preparing a run: its method, samples, configuration and model.
 *
 * @module
 */

import { findMethod, type Method, type Model } from "../methods/mod.ts";
import { resolve, UsageError } from "../util/mod.ts";
import { finetuneModel } from "./finetune_model.ts";
import { resolveRunConfig, type RunChoices } from "./resolve_run_config.ts";
import type { RunConfig } from "../documents/mod.ts";
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
