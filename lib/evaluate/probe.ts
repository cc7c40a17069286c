/**
 * Probing a features folder: how well do simple predictors read the labels off frozen features?
 *
 * @module
 */

import type { EngineInfo } from "../engine/mod.ts";
import {
  type FeaturesManifest,
  type LatentName,
  type MetricRecord,
  packBits,
  packFloats,
  type ProbeName,
  type ProbeRecord,
  type ResultRecord,
  resultVersion,
  type TaskSpec,
} from "../spec/mod.ts";
import {
  createHasher,
  DataError,
  dirname,
  disk,
  explained,
  type NdArray,
  programVersion,
  writeJsonAtomic,
} from "../util/mod.ts";
import { bootstrap, defaultResamples } from "./bootstrap.ts";
import { featuresDigest, openFeatures } from "./open_features.ts";
import type { ProbeData } from "./probe_data.ts";
import { fitProbe, type ProbeFit } from "./fit_probe.ts";
import { score } from "./scores.ts";

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
  readonly engine: EngineInfo;
  /** Called after every epoch of the linear probe. */
  readonly onEpoch?: (latent: LatentName, epoch: number, metric: number | null) => void;
}

/** Seed of the resamples: one for all, so that the results of all methods pair up. */
const bootstrapSeed = 0;

/** How the numbers of a record are chosen. */
function selectionOf(validates: boolean): string {
  const epoch = validates
    ? "the epoch of the linear probe whose metric on the validation split is the highest, the first of " +
      "equal ones"
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
  const probes: readonly ProbeName[] = probe === "all" ? ["linear", "knn", "ridge"] : [probe];
  const latents: readonly LatentName[] = latent === "both" ? ["z", "zstar"] : [latent];
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
  const record: ResultRecord = {
    schema: "metamae/result",
    version: resultVersion,
    writer: programVersion,
    dataset: manifest.dataset,
    variant: manifest.variant,
    task,
    metric: task.metric,
    run: manifest.run,
    samples: {
      train: manifest.splits.train?.samples ?? 0,
      test: manifest.splits.test?.samples ?? 0,
    },
    selection: selectionOf(validates),
    seed,
    bootstrap: { resamples: defaultResamples, key: key ?? "" },
    results,
    adaptation: manifest.adaptation,
    losses: manifest.splits.test?.losses ?? null,
    sources: { ...manifest.sources, features: featuresDigest(manifest) },
    versions: {
      metamae: programVersion,
      deno: Deno.version.deno,
      [options.engine.backend]: options.engine.version,
    },
    notes: manifest.notes,
  };
  if (out !== undefined) await writeJsonAtomic(out, record);
  return record;
}

/** What a record says of a fit, but for its name and time. */
export type ProbeSummary = Pick<
  Extract<ProbeRecord, { metrics: unknown }>,
  "metrics" | "settings" | "history" | "validation" | "correct"
>;

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

/** Metrics with their intervals; replicates only of the metric that the benchmark reports. */
export function summarize(fit: ProbeFit, task: TaskSpec): ProbeSummary {
  const { statistics, correct, perSample } = score(fit.scores, task);
  const resampled = bootstrap(statistics, fit.scores.samples, { seed: bootstrapSeed });
  const metrics: Record<string, MetricRecord> = {};
  for (const [name, statistic] of Object.entries(statistics)) {
    const metric = statistic();
    const { interval, replicates } = resampled[name]!;
    metrics[name] = metric.value === null ? metric : {
      ...metric,
      interval,
      ...(name === task.metric ? { replicates: packFloats(replicates) } : {}),
    };
  }
  return {
    metrics,
    settings: fit.settings,
    ...(fit.history === undefined ? {} : { history: fit.history }),
    ...(fit.validation === undefined ? {} : { validation: fit.validation }),
    correct: correct === null ? null : { perSample, bits: packBits(correct) },
  };
}

/** Identifies the test samples, their labels and the resamples. */
export function bootstrapKey(ids: NdArray<"uint32">, labels: ProbeData["labels"]): string {
  const hasher = createHasher();
  for (const { data } of [ids, labels]) {
    hasher.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `${bootstrapSeed}/${defaultResamples}/${hasher.hex().slice(0, 16)}`;
}
