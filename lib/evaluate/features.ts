/**
 * Extracting the features of a data set with a frozen run into a folder.
 *
 * Evaluation mode (no dropout, nothing masked), samples in reference order, batches of one shape.
 * Only a batch is held in memory at a time. The same run and store give the same files.
 *
 * @module
 */

import { type FeaturesManifest, featuresManifest } from "../documents/mod.ts";
import type { CompileMode, EngineInfo } from "../engine/mod.ts";
import { writeSafetensors } from "../formats/tensor/mod.ts";
import { sequentialBatches, type Split, type SplitName, type Store } from "../store/mod.ts";
import {
  canonicalJson,
  disk,
  type FileSystem,
  hashFile,
  join,
  NumericError,
  programVersion,
  UsageError,
  writeFolder,
} from "../util/mod.ts";
import { createEncoder, type EncodedBatch, type Encoder, resolveAdaptation } from "./encoder.ts";
import { digestSources, type FeatureRun, summarizeRun } from "./feature_run.ts";
import { writeGallery } from "./gallery.ts";
import { engineVersions } from "./result.ts";
import { createTensorSpool, type SpoolDtype, type TensorSpool } from "./tensor_spool.ts";

/** Options of {@linkcode extractFeatures}. */
export interface ExtractFeaturesOptions {
  /** Splits to encode; all labelled ones of train, validation and test by default. */
  readonly splits?: readonly SplitName[];
  /** Samples a batch; changes nothing but speed and memory. */
  readonly batchSize?: number;
  /** Seed of splits whose samples are drawn. */
  readonly seed?: number;
  /** Gradient steps on the latents; the run's own by default, 0 to keep them as encoded. */
  readonly innerSteps?: number | undefined;
  readonly innerLr?: number | undefined;
  /** Samples with reconstructions to save for pictures; 0 by default. */
  readonly gallery?: number;
  readonly engine: EngineInfo;
  readonly compile?: CompileMode;
  /** Called after every batch with the samples done and wanted of a split. */
  readonly onProgress?: (split: SplitName, done: number, total: number) => void;
  readonly signal?: AbortSignal;
  readonly fileSystem?: FileSystem;
}

type SplitRecord = NonNullable<FeaturesManifest["splits"]["train"]>;

/**
 * Encodes the splits of a store and writes the features folder, complete or not at all.
 *
 * @throws {UsageError} If the run was built for other inputs, or the folder is taken.
 * @throws {NumericError} If a feature is NaN or infinite.
 * @throws {StorageError} If the folder cannot be written.
 */
export async function extractFeatures(
  run: FeatureRun,
  store: Store,
  out: string,
  options: ExtractFeaturesOptions,
): Promise<FeaturesManifest> {
  checkInputs(run, store);
  const adaptation = resolveAdaptation(run, options);
  const perToken = store.task?.kind === "per-token";
  const names = options.splits ?? store.splits.filter((name) => name !== "pretrain");
  if (names.length === 0) throw new UsageError("Cannot extract features: no split is named");
  const compile = options.compile ?? options.engine.compile;
  const encoder = createEncoder(run, {
    adaptation: adaptation.innerSteps === null ? null : adaptation,
    perToken,
    compile,
  });
  try {
    const action = `Cannot write the features "${out}"`;
    const place = { action, fileSystem: options.fileSystem, check: refuseFull(action) };
    return await writeFolder(out, place, async (folder) => {
      const splits: FeaturesManifest["splits"] = {};
      let width = 0;
      for (const name of names) {
        const split = await store.split(name);
        const encoded = await encodeSplit(folder, name, split, encoder, options);
        splits[name] = encoded.record;
        width = encoded.width;
      }
      const gallery = await writeGallery(folder, run, store, {
        samples: options.gallery ?? 0,
        compile,
        ...(options.fileSystem === undefined ? {} : { fileSystem: options.fileSystem }),
      });
      const manifest = featuresManifest.make({
        writer: programVersion,
        dataset: store.manifest.dataset,
        variant: store.manifest.variant,
        ...(store.task === undefined ? {} : { task: store.task }),
        run: summarizeRun(run),
        width,
        adaptation,
        splits,
        seed: options.seed ?? 0,
        batchSize: store.manifest.defaults.batchSize,
        gallery,
        sources: await digestSources(run, store),
        versions: { ...engineVersions(options.engine), compile },
        notes: store.manifest.notes,
      });
      await featuresManifest.write(folder, manifest, options);
      return manifest;
    });
  } finally {
    encoder.dispose();
  }
}

function refuseFull(action: string) {
  return (_target: string, names: readonly string[] | undefined) => {
    if (names === undefined || names.length === 0) return;
    throw new UsageError(`${action}: the folder is not empty`, { hint: "Pass another --out" });
  };
}

/**
 * Checks that a store holds what a run was built for.
 *
 * @throws {UsageError} If it does not.
 */
export function checkInputs({ config, model }: FeatureRun, store: Store): void {
  const [wanted, found] = [model.inputs, store.inputs].map((inputs) => canonicalJson(inputs));
  if (wanted === found) return;
  throw new UsageError(
    `Cannot encode "${store.path}" with this run of "${config.method}": ` +
      `the run was built for ${wanted}, the store holds ${found}`,
    { hint: "Use a store of the data set that the run was trained on, or of the same inputs" },
  );
}

async function encodeSplit(
  folder: string,
  name: SplitName,
  split: Split,
  encoder: Encoder,
  options: ExtractFeaturesOptions,
): Promise<{ record: SplitRecord; width: number }> {
  const { batchSize = 64, seed = 0, fileSystem = disk } = options;
  const total = split.count;
  if (total === 0) throw new UsageError(`Cannot extract features: the split "${name}" is empty`);
  const spools = new Map<string, TensorSpool>();
  const append = async (key: string, dtype: SpoolDtype, array: BatchArray, count: number) => {
    const spool = spools.get(key) ??
      await createTensorSpool(join(folder, `${name}.${key}.rows`), dtype, array.shape, fileSystem);
    spools.set(key, spool);
    await spool.append(array.data.subarray(0, count * array.data.length / array.samples));
  };
  const losses = lossMeter();
  let width = 0;
  try {
    for await (const { batch, count, first } of sequentialBatches(split, { batchSize, seed })) {
      options.signal?.throwIfAborted();
      const encoded = await encoder.encode(batch.inputs);
      checkFinite(encoded, batch.ids, count, name);
      width = encoded.z.shape.at(-1)!;
      await append("ids", "uint32", { samples: batchSize, shape: [], data: batch.ids }, count);
      if (batch.labels !== undefined) {
        await append("labels", batch.labels.dtype, rowsOf(batch.labels), count);
      }
      await append("z", "float32", rowsOf(encoded.z), count);
      if (encoded.zstar !== undefined) {
        await append("zstar", "float32", rowsOf(encoded.zstar), count);
        await append("loss_before", "float32", rowsOf(encoded.before!), count);
        await append("loss_after", "float32", rowsOf(encoded.after!), count);
        losses.add(encoded.before!.data, encoded.after!.data, count);
      }
      options.onProgress?.(name, Math.min(first + count, total), total);
    }
    const path = join(folder, `${name}.safetensors`);
    const sources = [...spools].map(([key, spool]) => [key, spool.source()] as const);
    await writeSafetensors(path, sources, { fileSystem });
    const { size } = await Deno.stat(path);
    const file = { name: `${name}.safetensors`, bytes: size, sha256: await hashFile(path) };
    const record = { samples: total, labelled: split.labelled, file, losses: losses.result() };
    return { record, width };
  } finally {
    for (const spool of spools.values()) await spool.remove().catch(() => undefined);
  }
}

interface BatchArray {
  readonly samples: number;
  /** Shape of one sample. */
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array;
}

function rowsOf(array: {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}): BatchArray {
  return { samples: array.shape[0]!, shape: array.shape.slice(1), data: array.data };
}

function checkFinite(
  { z, zstar }: EncodedBatch,
  ids: Uint32Array,
  count: number,
  split: SplitName,
): void {
  const width = z.data.length / ids.length;
  for (const [latent, array] of [["z", z], ["z*", zstar]] as const) {
    const bad = array?.data.subarray(0, count * width).findIndex((x) => !Number.isFinite(x)) ?? -1;
    if (bad < 0) continue;
    throw new NumericError(
      `Cannot extract features: ${latent} of sample ${ids[Math.floor(bad / width)]} of the split ` +
        `"${split}" is ${array!.data[bad]}, finite numbers are wanted`,
      latent === "z*" ? { hint: "Pass a smaller --inner-lr" } : {},
    );
  }
}

/** Means over the samples of a split. */
function lossMeter() {
  let [samples, before, after, improved] = [0, 0, 0, 0];
  return {
    add(beforeLosses: ArrayLike<number>, afterLosses: ArrayLike<number>, count: number) {
      for (let i = 0; i < count; i++) {
        samples++;
        before += beforeLosses[i]!;
        after += afterLosses[i]!;
        if (afterLosses[i]! < beforeLosses[i]!) improved++;
      }
    },
    result: (): SplitRecord["losses"] =>
      samples === 0
        ? null
        : { before: before / samples, after: after / samples, improved: improved / samples },
  };
}
