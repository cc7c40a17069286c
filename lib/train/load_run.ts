/**
 * The weights of a run: for adaptation, probes and further training, and those that a session
 * starts from.
 *
 * @module
 */

import { type RunConfig, runConfig } from "../documents/mod.ts";
import { findMethod, type Method, type Model, type ParameterSpec } from "../methods/mod.ts";
import { isHeadEntry } from "../nn/mod.ts";
import { MissingError, UsageError } from "../util/mod.ts";
import { checkpointFolder, loadCheckpoint } from "./checkpoint.ts";
import { listCheckpoints, loadLatestCheckpoint, setDamagedAside } from "./checkpoint_list.ts";
import { withTaskHead } from "./finetune_model.ts";
import { checkFit, type HostParameters, initialParameters } from "./parameters.ts";
import type { RunFolder } from "./run_folder.ts";
import { type TrainState, uploadState } from "./train_state.ts";

/** A run with the weights of one of its checkpoints. */
export interface LoadedRun {
  /** Contents of `config.json`. */
  readonly config: RunConfig;
  /** Method that it was trained with. */
  readonly method: Method;
  /** The method's model; a run that learned from labels has the entries of its head as well. */
  readonly model: Model;
  /** Weights by name in the state dict. */
  readonly parameters: HostParameters;
  /** Step of the weights. */
  readonly step: number;
  /** Folder of the checkpoint that they come from. */
  readonly checkpoint: string;
}

/** Options of {@linkcode loadRun}. */
export interface LoadRunOptions {
  /** Step of the checkpoint; the newest good one if it is not given. */
  readonly step?: number | undefined;
  /** Is told about checkpoints that are passed over because they are damaged. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Finds a method by its id; the registry's if it is not given. */
  readonly findMethod?: ((id: string) => Method) | undefined;
}

/**
 * Opens a run and loads its weights.
 *
 * @param run Run folder.
 * @throws {MissingError} If the folder is no run, or has no checkpoint yet.
 * @throws {UsageError} If there is no checkpoint of that step, or it does not fit the
 * configuration.
 * @throws {DataError} If the run is damaged or of a newer version.
 */
export async function loadRun(run: string, options: LoadRunOptions = {}): Promise<LoadedRun> {
  const config = await runConfig.read(run);
  const method = (options.findMethod ?? findMethod)(config.method);
  const built = method.build(config.inputs, config.architecture, config.methodOptions);
  const model = config.task === undefined ? built : withTaskHead(built, config.task);
  const { checkpoint, folder } = options.step === undefined
    ? await newest(run, model, options)
    : await atStep(run, model, options.step);
  const { parameters, state } = checkpoint;
  return { config, method, model, parameters, step: state.step, checkpoint: folder };
}

async function newest(run: string, model: Model, { warn }: LoadRunOptions) {
  const loaded = await loadLatestCheckpoint(run, model.parameters, {
    weightsOnly: true,
    ...(warn && { warn }),
  });
  if (loaded !== undefined) return loaded;
  throw new MissingError(`Cannot load the run "${run}": it has no checkpoint yet`, {
    hint: "Go on with the run until it has saved one",
  });
}

async function atStep(run: string, model: Model, step: number) {
  const listed = await listCheckpoints(run);
  if (!listed.some((entry) => entry.step === step)) {
    const steps = listed.map((entry) => entry.step).reverse().join(", ");
    throw new UsageError(
      `Cannot load step ${step} of "${run}": the checkpoints are of the steps ${steps || "(none)"}`,
    );
  }
  const folder = checkpointFolder(run, step);
  const checkpoint = await loadCheckpoint(folder, model.parameters, { weightsOnly: true });
  return { checkpoint, folder };
}

/** Where a session starts. */
export interface InitialState {
  readonly state: TrainState;
  /** Metrics of the last step; empty before the first. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly savedStep: number | undefined;
}

/** Who is told what happens; see the hooks of pretraining. */
export interface LoadHooks {
  readonly note?: ((message: string) => void) | undefined;
  readonly warn?: ((message: string) => void) | undefined;
  readonly findMethod?: ((id: string) => Method) | undefined;
}

/**
 * Loads the newest checkpoint of a run that is resumed, else the weights of another run that it is
 * to start from, else draws them from the seed. Damaged checkpoints are set aside.
 *
 * @throws {UsageError} If the weights do not fit the model.
 * @throws {DataError} If all checkpoints are damaged, or one is of a newer version.
 */
export async function initialState(
  folder: RunFolder,
  config: RunConfig,
  model: Model,
  hooks: LoadHooks,
): Promise<InitialState> {
  const specs = model.parameters;
  const loaded = folder.saved === undefined
    ? undefined
    : await loadLatestCheckpoint(folder.path, specs, hooks.warn ? { warn: hooks.warn } : {});
  if (loaded !== undefined) {
    await setDamagedAside(loaded.damaged);
    const { parameters, moments, state: { step, metrics } } = loaded.checkpoint;
    hooks.note?.(`Going on after step ${step}`);
    return { state: uploadState(specs, step, parameters, moments), metrics, savedStep: step };
  }
  const { seed, from } = config.training;
  const parameters = from === undefined
    ? initialParameters(specs, seed)
    : await weightsOf(from, specs, seed, hooks);
  return { state: uploadState(specs, 0, parameters), metrics: {}, savedStep: undefined };
}

/** The weights of another run; the head of a task is always drawn anew. */
async function weightsOf(
  from: string,
  specs: readonly ParameterSpec[],
  seed: number,
  { warn, findMethod }: LoadHooks,
): Promise<HostParameters> {
  const run = await loadRun(from, { warn, findMethod });
  const declared = (of: readonly ParameterSpec[]) =>
    new Map(
      of.filter(({ name }) => !isHeadEntry(name))
        .map(({ name, shape, dtype }) => [name, { shape, dtype: dtype ?? "float32" }]),
    );
  checkFit(run.checkpoint, declared(specs), declared(run.model.parameters));
  const head = specs.filter(({ name }) => isHeadEntry(name));
  return { ...run.parameters, ...initialParameters(head, seed) };
}
