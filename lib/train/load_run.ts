/**
 * Opening a run for adaptation, probes and further training.
 *
 * @module
 */

import { type RunConfig, runConfig } from "../documents/mod.ts";
import { findMethod, type Method, type Model } from "../methods/mod.ts";
import { MissingError, UsageError } from "../util/mod.ts";
import { checkpointFolder, loadCheckpoint } from "./checkpoint.ts";
import { listCheckpoints, loadLatestCheckpoint } from "./checkpoint_list.ts";
import { withTaskHead } from "./finetune_model.ts";
import type { HostParameters } from "./parameters.ts";

/** A run with the weights of one of its checkpoints. */
export interface LoadedRun {
  readonly config: RunConfig;
  readonly method: Method;
  /** The method's model; a run that learned from labels has the entries of its head as well. */
  readonly model: Model;
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
