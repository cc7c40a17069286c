/**
 * The weights that a session of a run starts from.
 *
 * @module
 */

import type { Method, Model, ParameterSpec } from "../methods/mod.ts";
import { isHeadEntry } from "../nn/mod.ts";
import { loadLatestCheckpoint, setDamagedAside } from "./checkpoint_list.ts";
import { loadRun } from "./load_run.ts";
import { checkFit, type HostParameters, initialParameters } from "./parameters.ts";
import type { RunConfig } from "../documents/mod.ts";
import type { RunFolder } from "./run_folder.ts";
import { type TrainState, uploadState } from "./train_state.ts";

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
 * Loads the newest checkpoint of a run that is resumed, else the weights of another run that it is to
 * start from, else draws them from the seed. Damaged checkpoints are set aside.
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
