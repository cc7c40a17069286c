/**
 * Fine-tuning: encoder and a linear head trained end to end with labels, and what they reach.
 *
 * AdamW on the training split, keyed order and dropout, as in pretraining. The scores are those of
 * the weights after the last epoch; where the store has a validation split, after the epoch whose
 * metric on it is the highest. Never is anything chosen on the test split.
 *
 * @module
 */

import {
  checkpointState,
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
  runConfig,
} from "../documents/mod.ts";
import { disposeTree, type EngineInfo, startEngine } from "../engine/mod.ts";
import { openStore, type Split, type Store } from "../store/mod.ts";
import {
  finetuneModel,
  type LoadedRun,
  loadRun,
  openLabelledData,
  pretrain,
  type PretrainHooks,
  type PretrainOptions,
  type PretrainResult,
  uploadState,
} from "../train/mod.ts";
import { DataError, hashFile, ifThere, join, resolve, UsageError } from "../util/mod.ts";
import { digestSources, summarizeRun } from "./feature_run.ts";
import { checkInputs } from "./features.ts";
import { bootstrapKey, makeResult, summarize } from "./result.ts";
import { openSplitScorer, type SplitScorer } from "./score_split.ts";
import { openWeightSelection, selectedStep } from "./select_weights.ts";

/** Name of the result record in the folder of a fine-tuning run. */
export const finetuneResultName = "result.json";

/** Epochs by default. */
export const finetuneEpochs = 20;

/**
 * What to fine-tune; what is left out comes from the run that is resumed, else from the defaults.
 */
export interface FinetuneOptions extends
  Pick<
    PretrainOptions,
    | "batchSize"
    | "lr"
    | "weightDecay"
    | "seed"
    | "resume"
    | "backend"
    | "compile"
    | "command"
    | "origins"
  > {
  /** Pretrained run. */
  readonly run: string;
  /** Token store with labels. */
  readonly data: string;
  /** Run folder to write. */
  readonly out: string;
  /** Passes over the training split; {@linkcode finetuneEpochs} by default. */
  readonly epochs?: number | undefined;
}

/** Who is told what happens. */
export interface FinetuneHooks extends
  Pick<
    PretrainHooks,
    "onProgress" | "note" | "warn" | "handleSignals" | "findMethod"
  > {
  /** Called after every epoch of a store with a validation split. */
  readonly onValidation?: (epochs: number, metric: number | null) => void;
}

/** How fine-tuning ended. */
export interface FinetuneResult {
  readonly training: PretrainResult;
  /** Result record, which lies in the run folder too. */
  readonly record: ResultRecord;
}

/**
 * Fine-tunes a run on the labels of a store, or goes on with that; writes a run folder with the
 * result record in it.
 *
 * @throws {UsageError} If the run was built for other inputs, a split is missing, or the folder is
 * taken.
 * @throws {DataError} If the store has no labels or is damaged.
 * @throws {NumericError} If a number becomes NaN or infinite; the last finite weights are saved.
 * @throws {AppError} As `pretrain` of lib/train does.
 */
export async function finetune(
  options: FinetuneOptions,
  hooks: FinetuneHooks = {},
): Promise<FinetuneResult> {
  const { findMethod, warn, onValidation } = hooks;
  const source = await loadRun(options.run, { findMethod, warn });
  await using store = await openStore(options.data);
  checkInputs(source, store);
  const [train, test] = [await labelled(store, "train"), await labelled(store, "test")];
  const validates = store.splits.includes("validation");
  const choices = await runChoices(options, source, store, train);
  const training = await pretrain(choices, {
    ...hooks,
    openData: openLabelledData,
    ...(validates && { openValidation: (run) => openWeightSelection(run, store, onValidation) }),
  });
  const engine = await startEngine({
    ...(choices.backend !== undefined && { backend: choices.backend }),
    ...(choices.compile !== undefined && { compile: choices.compile }),
  });
  const judged = await loadRun(training.run, {
    findMethod,
    step: (await selectedStep(training.run))?.step ?? training.steps,
  });
  const record = await judge(source, judged, store, test, engine, training.seconds);
  await resultRecord.write(join(training.run, finetuneResultName), record);
  return { training, record };
}

async function labelled(store: Store, name: "train" | "test"): Promise<Split> {
  const split = await store.split(name);
  if (store.task !== undefined && split.labelled) return split;
  throw new DataError(
    `Cannot fine-tune on "${store.path}": the split "${name}" has no labels`,
    { hint: "Fine-tuning needs a labelled data set" },
  );
}

/** Everything that training is asked for: the method's settings are those of the run. */
async function runChoices(
  { run, data, out, epochs, ...options }: FinetuneOptions,
  { config }: LoadedRun,
  store: Store,
  train: Split,
): Promise<PretrainOptions> {
  const saved = options.resume ? await ifThere(runConfig.read(out)) : undefined;
  const batchSize = options.batchSize ?? saved?.training.batchSize ??
    Math.min(store.manifest.defaults.batchSize, train.count);
  const steps = epochs === undefined
    ? saved?.training.steps ?? stepsOf(finetuneEpochs, train, batchSize)
    : stepsOf(epochs, train, batchSize);
  const { method, methodOptions, preset, architecture } = config;
  return {
    ...options,
    ...{ data, out, steps, batchSize, method, methodOptions, preset },
    seed: options.seed ?? saved?.training.seed ?? config.training.seed,
    backbone: architecture.backbone,
    decoderLayers: architecture.decoderLayers,
    dropout: architecture.dropout,
    from: resolve(run),
  };
}

function stepsOf(epochs: number, { count }: Split, batchSize: number): number {
  if (!(Number.isInteger(epochs) && epochs >= 1)) {
    throw new UsageError(`Cannot fine-tune: epochs is ${epochs}, at least 1 is wanted`);
  }
  return epochs * Math.floor(count / batchSize);
}

/** Scores the test split with the chosen weights. */
async function judge(
  source: LoadedRun,
  judged: LoadedRun,
  store: Store,
  test: Split,
  engine: EngineInfo,
  seconds: number,
): Promise<ResultRecord> {
  const { config } = judged;
  const task = config.task!;
  const scorer = await openSplitScorer(finetuneModel(source.model, task), test, {
    batchSize: config.training.batchSize,
    mode: engine.compile === "off" ? "off" : "graph",
  });
  const summary = await measure(judged, scorer).finally(scorer.dispose);
  return makeResult({
    data: store.manifest,
    task,
    // The pretrained run is what the numbers speak of; how it was fine-tuned is in the settings.
    run: summarizeRun(source),
    samples: { train: config.data.samples, test: test.count },
    selection: selectionOf(store),
    seed: config.training.seed,
    key: bootstrapKey(scorer.ids, scorer.labels),
    results: [{ probe: "finetune", latent: "z", ...summary, seconds }],
    adaptation: { innerSteps: null, reason: "fine-tuning does not adapt latents" },
    losses: null,
    sources: {
      ...await digestSources(source, store),
      features: await hashFile(join(judged.checkpoint, checkpointState.file)),
    },
    engine,
  });
}

async function measure(
  { config, model, parameters, step }: LoadedRun,
  scorer: SplitScorer,
): Promise<Omit<Extract<ProbeRecord, { metrics: unknown }>, "probe" | "latent" | "seconds">> {
  const { tensors } = uploadState(model.parameters, step, parameters);
  const { training, architecture, data, task } = config;
  const { steps, batchSize, learningRate, weightDecay } = training;
  try {
    const settings = {
      optimizer: "adamw",
      learningRate,
      weightDecay,
      encoderDropout: architecture.dropout,
      epochs: steps / Math.floor(data.samples / batchSize),
      batchSize,
      steps,
      chosenStep: step,
    };
    return summarize({ scores: await scorer.score(tensors), settings }, task!);
  } finally {
    disposeTree(tensors);
  }
}

function selectionOf({ splits }: Store): string {
  const weights = splits.includes("validation")
    ? "after the epoch whose metric on the validation split is the highest, the first of equal ones"
    : "after the last epoch";
  return `Test metric of encoder and head, fine-tuned together, ${weights}. ` +
    "Nothing is selected or tuned on the test split.";
}
