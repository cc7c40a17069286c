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
import {
  type CompileMode,
  createStepper,
  disposeTree,
  type EngineInfo,
  startEngine,
  type Tensor,
} from "../engine/mod.ts";
import {
  epochIds,
  openStore,
  sequentialBatches,
  type Split,
  stepsPerEpoch,
  type Store,
} from "../store/mod.ts";
import {
  type FinetuneModel,
  finetuneModel,
  flatLayout,
  type LoadedRun,
  loadRun,
  openLabelledData,
  pretrain,
  type PretrainHooks,
  type PretrainOptions,
  type PretrainResult,
  readMetricsLog,
  stateDict,
  uploadState,
  type Validated,
  type ValidatedRun,
  type Validation,
  type Weights,
} from "../train/mod.ts";
import {
  DataError,
  hashFile,
  ifThere,
  join,
  type NdArray,
  NumericError,
  resolve,
} from "../util/mod.ts";
import { digestSources, summarizeRun } from "./feature_run.ts";
import { checkInputs } from "./features.ts";
import { checkEpochs } from "./linear_probe.ts";
import { bootstrapKey, makeResult, summarize } from "./result.ts";
import { primaryMetric, probabilities, type Scores } from "./scores.ts";

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
  /** Outcome of the training, with its run folder. */
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
  checkEpochs("Cannot fine-tune", epochs);
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

/** Name of the task's metric on the validation split in the log of a run. */
export const validationMetric = "validation";

/** The metric after a step. */
export interface MeasuredStep {
  readonly step: number;
  readonly value: number;
}

/**
 * Measures the metric of the task on the validation split after every epoch, and remembers the step
 * at which it was highest, the first of equal ones. What was measured before a stop is read from
 * the log.
 *
 * @param onEpoch Called with the number of epochs done.
 */
export async function openWeightSelection(
  { path, config, model, mode }: ValidatedRun,
  store: Store,
  onEpoch: (epochs: number, metric: number | null) => void = () => {},
): Promise<Validation> {
  const { batchSize } = config.training;
  const { task } = model as FinetuneModel;
  const perEpoch = stepsPerEpoch(await store.split("train"), batchSize);
  const scorer = await openSplitScorer(model as FinetuneModel, await store.split("validation"), {
    batchSize,
    mode: mode === "off" ? "off" : "graph",
  });
  let best = await selectedStep(path);
  return {
    async after({ step, tensors }): Promise<Validated | undefined> {
      if (step % perEpoch !== 0) return undefined;
      const value = primaryMetric(await scorer.score(tensors), task);
      onEpoch(step / perEpoch, value);
      if (value === null) return undefined;
      const measured = { step, value };
      best = better(best, measured);
      return { metrics: { [validationMetric]: value }, isBest: best === measured };
    },
    bestStep: () => best?.step,
    [Symbol.asyncDispose]() {
      scorer.dispose();
      return Promise.resolve();
    },
  };
}

/**
 * The step whose weights a run is judged by, from its log.
 *
 * @returns Nothing where no validation metric was recorded: the last weights count.
 */
export async function selectedStep(run: string): Promise<MeasuredStep | undefined> {
  let best: MeasuredStep | undefined;
  for (const { step, ...metrics } of await readMetricsLog(join(run, "metrics.jsonl"))) {
    const value = metrics[validationMetric];
    if (value !== undefined) best = better(best, { step, value });
  }
  return best;
}

function better(best: MeasuredStep | undefined, measured: MeasuredStep): MeasuredStep {
  return best === undefined || measured.value > best.value ? measured : best;
}

/** Scores one split with changing weights. */
export interface SplitScorer {
  /** Ids of the samples, in order. */
  readonly ids: NdArray<"uint32">;
  /** Their labels in the layout of the task. */
  readonly labels: NdArray<"int32" | "float32">;
  /**
   * Predicts all samples in evaluation mode.
   *
   * @param weights Those of a training state, which stay the caller's.
   * @throws {NumericError} If a score is not finite.
   */
  score(weights: Weights, signal?: AbortSignal): Promise<Scores>;
  /** Frees the compiled program. */
  dispose(): void;
}

/** Options of {@linkcode openSplitScorer}. */
export interface SplitScorerOptions {
  /** Samples at a time; changes nothing but speed and memory. */
  readonly batchSize: number;
  readonly mode: CompileMode;
}

/**
 * Prepares to score a split in reference order (drawn splits: epoch 0 of seed 0).
 *
 * @throws {DataError} If the split has no labels.
 */
export async function openSplitScorer(
  model: FinetuneModel,
  split: Split,
  { batchSize, mode }: SplitScorerOptions,
): Promise<SplitScorer> {
  if (!split.labelled) {
    throw new DataError(`Cannot score the split "${split.name}": it has no labels`);
  }
  const ids = epochIds(split, { seed: 0, epoch: 0 });
  const labels = await split.labels(ids);
  const layout = flatLayout(model.parameters);
  const stepper = createStepper(
    (weights: Weights, { inputs }: { readonly inputs: readonly Tensor[] }) => ({
      results: model.scores(stateDict(layout, weights), inputs),
    }),
    { name: "scores", mode },
  );
  return {
    ids: { dtype: "uint32", shape: [ids.length], data: ids },
    labels,
    async score({ weights, buffers }, signal) {
      let logits = new Float32Array(0);
      for await (const { batch, count, first } of sequentialBatches(split, { batchSize, ids })) {
        signal?.throwIfAborted();
        const { inputs } = batch;
        const { results: { data: scores } } = await stepper.run({ weights, buffers }, { inputs });
        const perSample = scores.length / batchSize;
        if (first === 0) logits = new Float32Array(ids.length * perSample);
        logits.set(scores.subarray(0, count * perSample), first * perSample);
      }
      const bad = logits.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        const sample = ids[Math.floor(bad * ids.length / logits.length)];
        throw new NumericError(
          `Cannot score the split "${split.name}": a score of sample ${sample} is ${
            logits[bad]
          }, ` +
            `finite numbers are wanted`,
        );
      }
      const values = probabilities(logits, model.task);
      return { values, labels: labels.data, samples: ids.length };
    },
    dispose: stepper.dispose,
  };
}
