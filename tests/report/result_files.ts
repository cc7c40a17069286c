/** Writes small result files in the formats that the other subcommands write. */

import { writeSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import type { RunSummary } from "../../lib/documents/features_manifest.ts";
import { type ImageLook, type InputSpec, patchCount, patchWidth } from "../../lib/spec/input.ts";
import { galleryManifest } from "../../lib/documents/features_manifest.ts";
import {
  type MetricRecord,
  packFloats,
  type ProbeRecord,
  type ResultRecord,
  resultRecord,
} from "../../lib/documents/result_record.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";

/** Options of {@linkcode result}. */
export interface ResultOptions {
  readonly dataset?: string;
  /** How the images of a gallery are drawn. */
  readonly look?: ImageLook;
  readonly pretrain?: string;
  readonly method?: string;
  readonly seed?: number;
  /** Accuracy of the linear probe on z; null for one that is undefined. */
  readonly accuracy?: number | null;
  /** Values in resamples. */
  readonly replicates?: readonly number[];
  readonly methodOptions?: Readonly<Record<string, unknown>>;
  readonly notes?: readonly string[];
}

/** A result record that fits the shared schema. */
export function result(options: ResultOptions = {}): ResultRecord {
  const { dataset = "mnist", method = "metamae", seed = 0, accuracy = 0.9 } = options;
  const metric: MetricRecord = accuracy === null
    ? { value: null, reason: "the predictions are all equal" }
    : {
      value: accuracy,
      interval: { low: accuracy - 0.01, high: accuracy + 0.01 },
      replicates: packFloats(options.replicates ?? [accuracy - 0.01, accuracy, accuracy + 0.01]),
    };
  const adapts = method === "mae" || method === "metamae";
  const probe = (name: "linear" | "knn", latent: "z" | "zstar"): ProbeRecord => ({
    probe: name,
    latent,
    metrics: { accuracy: metric, "weighted-f1": metric },
    settings: name === "knn" ? { neighbours: 20, temperature: 0.07 } : { epochs: 100 },
    correct: null,
    seconds: 1.5,
  });
  const reason = "the method has no decoder";
  return resultRecord.parse({
    schema: "metamae/result",
    version: 1,
    writer: "0.1.0",
    dataset,
    variant: "default",
    task: { kind: "single-label", classes: 10, metric: "accuracy" },
    metric: "accuracy",
    run: runSummary({ dataset: options.pretrain ?? dataset, method, seed, ...options }),
    samples: { train: 8000, test: 2000 },
    selection: "Nothing is selected on the test split.",
    seed: 0,
    bootstrap: { resamples: 3, key: "0/3/abc" },
    results: [
      probe("linear", "z"),
      adapts ? probe("linear", "zstar") : { probe: "linear", latent: "zstar", skipped: reason },
      probe("knn", "z"),
    ],
    adaptation: adapts ? { innerSteps: 1, innerLr: 0.5 } : { innerSteps: null, reason },
    losses: adapts ? { before: 0.4, after: 0.3, improved: 0.98 } : null,
    sources: {
      config: "a".repeat(64),
      checkpoint: "b".repeat(64),
      store: "c".repeat(64),
      features: "d".repeat(64),
    },
    versions: { metamae: "0.1.0", deno: "2.9.6", tensorflow: "2.21.0" },
    notes: [...options.notes ?? ["Split: the first 8,000 of a fixed permutation"]],
  });
}

/** The run of a result. */
export function runSummary(
  { dataset = "mnist", method = "metamae", seed = 0, methodOptions = {} }: ResultOptions,
): RunSummary {
  const inner = method === "metamae" || method === "mae" ? { innerLr: 0.5, innerSteps: 1 } : {};
  return {
    method,
    preset: "small",
    step: method === "scratch" ? 0 : 1000,
    seed,
    pretrain: { dataset, variant: "default", split: "train" },
    architecture: { backbone: "metamae", encoderWidth: 128, decoderLayers: 2 },
    methodOptions: { maskRatio: 0.5, ...inner, ...methodOptions },
    training: {
      steps: method === "scratch" ? 0 : 1000,
      batchSize: 64,
      learningRate: 1e-3,
      schedule: { kind: "constant" },
    },
  };
}

/** Writes a JSON file, with the folders above it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(value));
}

/** Writes a run folder with a training curve and the machine that it ran on. */
export async function writeRun(folder: string, options: ResultOptions = {}): Promise<void> {
  const { pretrain, training, seed, ...run } = runSummary(options);
  await writeJson(join(folder, "config.json"), {
    schema: "metamae/run",
    version: 1,
    ...run,
    data: { dataset: pretrain.dataset, variant: "default", folder: "/stores/mnist" },
    training: { ...training, seed },
  });
  const lines = Array.from({ length: 50 }, (_, i) => ({
    step: 20 * (i + 1),
    loss: 2 / (i + 2),
    ...(i % 20 === 19 ? { effectiveRank: (i + 1) / 5 } : {}),
  }));
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  await Deno.writeTextFile(join(folder, "metrics.jsonl"), text + '\n{"step":1020,"lo');
  await writeJson(join(folder, "environment.json"), {
    sessions: [{
      platform: "linux x86_64",
      backend: "tensorflow",
      backendVersion: "2.21.0",
      compile: "xla",
      threads: 2,
    }],
  });
}

/** Writes a gallery of two samples whose patches count up; `before` and `after` add 100 and 200. */
export async function writeGallery(
  folder: string,
  input: InputSpec,
  options: ResultOptions = {},
): Promise<void> {
  const { look } = options;
  await Deno.mkdir(folder, { recursive: true });
  const [count, width] = [patchCount(input), patchWidth(input)];
  const patches = (add: number) =>
    float32([2, count, width], Array.from({ length: 2 * count * width }, (_, i) => i + add));
  const mask = float32([2, count], Array.from({ length: 2 * count }, (_, i) => i % 2));
  const path = join(folder, "gallery.safetensors");
  await writeSafetensors(path, [
    ["0/target", patches(0)],
    ["0/mask", mask],
    ["0/before", patches(100)],
    ["0/after", patches(200)],
  ]);
  const manifest = galleryManifest.make({
    dataset: options.dataset ?? "mnist",
    variant: "default",
    run: runSummary(options),
    split: "test",
    samples: 2,
    modalities: [{ input, adapted: true, ...(look === undefined ? {} : { look }) }],
    file: {
      name: "gallery.safetensors",
      bytes: (await Deno.stat(path)).size,
      sha256: await hashFile(path),
    },
  });
  await writeJson(join(folder, "gallery.json"), manifest);
}
