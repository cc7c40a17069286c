/**
 * Probing a features folder: how well do simple predictors read the labels off frozen features?
 *
 * @module
 */

import {
  featuresDigest,
  type FeaturesManifest,
  type LatentName,
  latentName,
  type ProbeName,
  probeName,
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
} from "../documents/mod.ts";
import type { CompileMode, EngineInfo } from "../engine/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { DataError, dirname, disk, explained } from "../util/mod.ts";
import { openFeatures } from "./features.ts";
import { knnNeighbours, knnProbe, knnTemperature } from "./knn_probe.ts";
import {
  fitLinearProbe,
  type ProbeEpoch,
  probeLearningRate,
  probeWeightDecay,
} from "./linear_probe.ts";
import type { ProbeData } from "./probe_data.ts";
import { bootstrapKey, makeResult, type ProbeFit, summarize } from "./result.ts";
import { ridgePenalty, ridgeProbe } from "./ridge_probe.ts";

/** Options of {@linkcode runProbe}. */
export interface RunProbeOptions {
  /** Features folder. */
  readonly features: string;
  /** File for the result record; not written if it is not given. */
  readonly out?: string;
  /** The linear probe by default. */
  readonly probe?: ProbeName | "all";
  /** Both where there is z*, by default. */
  readonly latent?: LatentName | "both";
  /** Epochs of the linear probe; 100 by default. */
  readonly epochs?: number;
  /** Samples a step of the linear probe; the data set's published batch size by default. */
  readonly batchSize?: number;
  /** Seed of the linear probe's head and order; 0 by default. */
  readonly seed?: number;
  /** Engine that computes. */
  readonly engine: EngineInfo;
  /** Called after every epoch of the linear probe. */
  readonly onEpoch?: (latent: LatentName, epoch: number, metric: number | null) => void;
}

/** How the numbers of a record are chosen. */
function selectionOf(validates: boolean): string {
  const epoch = validates
    ? "the epoch of the linear probe whose metric on the validation split is the highest, the " +
      "first of equal ones"
    : "the last epoch of the linear probe";
  return `Test metric of the head after ${epoch}; kNN and ridge have fixed settings. ` +
    "Nothing is selected or tuned on the test split.";
}

/**
 * Runs probes on features and writes the result record.
 *
 * @throws {MissingError} If there are no features.
 * @throws {DataError} If they have no labels, lack the train or test split, or are damaged.
 * @throws {NumericError} If a fit diverges.
 * @throws {StorageError} If the record cannot be written.
 */
export async function runProbe(options: RunProbeOptions): Promise<ResultRecord> {
  const { out } = options;
  // Before the work, so that a folder that cannot be made does not cost it.
  if (out !== undefined) {
    await explained(`Cannot write "${out}"`, () => disk.makeFolder(dirname(out)));
  }
  const features = await openFeatures(options.features);
  const { manifest } = features;
  const { task } = manifest;
  if (task === undefined) {
    throw new DataError(`Cannot probe the features "${features.path}": they have no labels`, {
      hint: "Probes need a labelled data set",
    });
  }
  const { probe = "linear", latent = "both", seed = 0 } = options;
  const probes: readonly ProbeName[] = probe === "all" ? probeName.options : [probe];
  const latents: readonly LatentName[] = latent === "both" ? latentName.options : [latent];
  const validates = manifest.splits.validation?.labelled ?? false;
  const results: ProbeRecord[] = [];
  let key: string | undefined;
  for (const name of latents) {
    const { adaptation } = manifest;
    if (name === "zstar" && adaptation.innerSteps === null) {
      const skipped = adaptation.reason;
      results.push(...probes.map((probe) => ({ probe, latent: name, skipped })));
      continue;
    }
    const train = await features.read("train", name);
    const test = await features.read("test", name);
    const validation = validates ? await features.read("validation", name) : undefined;
    key ??= bootstrapKey(await features.ids("test"), test.labels);
    for (const probe of probes) {
      results.push(
        await measure(probe, name, { train, test, validation }, task, manifest, options),
      );
    }
  }
  const record = makeResult({
    data: manifest,
    task,
    run: manifest.run,
    samples: {
      train: manifest.splits.train?.samples ?? 0,
      test: manifest.splits.test?.samples ?? 0,
    },
    selection: selectionOf(validates),
    seed,
    key: key ?? "",
    results,
    adaptation: manifest.adaptation,
    losses: manifest.splits.test?.losses ?? null,
    sources: { ...manifest.sources, features: featuresDigest(manifest) },
    engine: options.engine,
  });
  if (out !== undefined) await resultRecord.write(out, record);
  return record;
}

interface ProbeSplits {
  readonly train: ProbeData;
  readonly test: ProbeData;
  readonly validation: ProbeData | undefined;
}

async function measure(
  probe: ProbeName,
  latent: LatentName,
  { train, test, validation }: ProbeSplits,
  task: TaskSpec,
  manifest: FeaturesManifest,
  options: RunProbeOptions,
): Promise<ProbeRecord> {
  const start = performance.now();
  const fit = await fitProbe(probe, train, test, {
    task,
    epochs: options.epochs ?? 100,
    batchSize: options.batchSize ?? manifest.batchSize,
    seed: options.seed ?? 0,
    validation,
    // The heads are small: XLA would take longer to compile than it saves.
    compile: options.engine.compile === "off" ? "off" : "graph",
    onEpoch: ({ epoch, metric }) => options.onEpoch?.(latent, epoch, metric),
  });
  if ("skipped" in fit) return { probe, latent, skipped: fit.skipped };
  return { probe, latent, ...summarize(fit, task), seconds: (performance.now() - start) / 1000 };
}

/** Options of {@linkcode fitProbe}. */
export interface FitProbeOptions {
  readonly task: TaskSpec;
  /** Epochs of the linear probe. */
  readonly epochs: number;
  /** Samples a step of the linear probe. */
  readonly batchSize: number;
  /** Seed of the linear probe. */
  readonly seed: number;
  /** Samples that choose the epoch of the linear probe. */
  readonly validation?: ProbeData | undefined;
  readonly compile: CompileMode;
  readonly onEpoch: (epoch: ProbeEpoch) => void;
}

/**
 * Fits a probe on the training split and predicts the test split.
 *
 * @returns Why it was left out, if it does not suit the task.
 */
export async function fitProbe(
  probe: ProbeName,
  train: ProbeData,
  test: ProbeData,
  options: FitProbeOptions,
): Promise<ProbeFit | { readonly skipped: string }> {
  const { task, compile } = options;
  switch (probe) {
    case "linear": {
      const fit = await fitLinearProbe(train, test, options);
      return {
        scores: fit.scores,
        history: fit.history.map(({ metric }) => metric),
        ...(options.validation === undefined
          ? {}
          : { validation: fit.history.map(({ validation }) => validation ?? null) }),
        settings: {
          optimizer: "adam, coupled L2",
          learningRate: probeLearningRate,
          weightDecay: probeWeightDecay,
          epochs: options.epochs,
          batchSize: fit.batchSize,
          steps: fit.steps,
          ...(options.validation === undefined ? {} : { chosenEpoch: fit.epoch + 1 }),
        },
      };
    }
    case "knn": {
      if (task.kind === "per-token") {
        return {
          skipped: "a nearest-neighbour search over single tokens is not part of any protocol",
        };
      }
      const { scores, neighbours } = await knnProbe(train, test, {
        task,
        neighbours: knnNeighbours,
        compile,
      });
      return { scores, settings: { neighbours, temperature: knnTemperature, distance: "cosine" } };
    }
    case "ridge": {
      const { scores } = ridgeProbe(train, test, task);
      return { scores, settings: { penalty: ridgePenalty, penaltyUnit: "mean feature scatter" } };
    }
  }
}
