/**
 * A features folder: extracting the features of a data set with a frozen run, and reading them.
 *
 * Evaluation mode (no dropout, nothing masked), samples in reference order, batches of one shape.
 * Only a batch is held in memory at a time. The same run and store give the same files.
 *
 * @module
 */

import {
  type FeaturesManifest,
  featuresManifest,
  type LatentName,
  type SplitName,
} from "../documents/mod.ts";
import type { CompileMode, EngineInfo } from "../engine/mod.ts";
import { openSafetensors, type TensorSource, writeSafetensors } from "../formats/tensor/mod.ts";
import { sequentialBatches, type Split, type Store } from "../store/mod.ts";
import {
  byteSize,
  canonicalJson,
  DataError,
  disk,
  elementCount,
  type FileSystem,
  hashFile,
  join,
  type NdArray,
  NumericError,
  programVersion,
  typedArrays,
  UsageError,
  type WritableFile,
  writeFolder,
} from "../util/mod.ts";
import { createEncoder, type EncodedBatch, type Encoder, resolveAdaptation } from "./encoder.ts";
import { digestSources, type FeatureRun, summarizeRun } from "./feature_run.ts";
import { writeGallery } from "./gallery.ts";
import { engineVersions } from "./result.ts";
import type { ProbeData } from "./probe_data.ts";

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
  /** Learning rate of the steps on the latents; the run's own by default. */
  readonly innerLr?: number | undefined;
  /** Samples with reconstructions to save for pictures; 0 by default. */
  readonly gallery?: number;
  /** Engine that computes. */
  readonly engine: EngineInfo;
  /** How the steps are compiled; the engine's mode by default. */
  readonly compile?: CompileMode;
  /** Called after every batch with the samples done and wanted of a split. */
  readonly onProgress?: (split: SplitName, done: number, total: number) => void;
  /** Stops between two batches when it is aborted. */
  readonly signal?: AbortSignal;
  /** Takes the place of the disk, such as one that fails in a test. */
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

/** An open features folder. */
export interface Features {
  /** Path of the folder. */
  readonly path: string;
  /** Contents of `features.json`. */
  readonly manifest: FeaturesManifest;
  /**
   * Reads the features and labels of a split, and checks the file against its digest.
   *
   * @throws {DataError} If there is no such split or latent, it has no labels, or the file is
   * damaged.
   */
  read(split: SplitName, latent: LatentName): Promise<ProbeData>;
  /** Ids of the samples of a split, in order. */
  ids(split: SplitName): Promise<NdArray<"uint32">>;
}

/**
 * Opens a features folder.
 *
 * @throws {MissingError} If there is none.
 * @throws {DataError} If the manifest is damaged or of a newer version.
 */
export async function openFeatures(path: string): Promise<Features> {
  const manifest = await featuresManifest.read(path);
  const checked = new Map<string, Promise<string>>();
  const locate = async (split: SplitName): Promise<string> => {
    const record = manifest.splits[split];
    if (record === undefined) {
      throw new DataError(
        `Cannot probe the features "${path}": they have no split "${split}", ` +
          `only ${Object.keys(manifest.splits).join(", ")}`,
      );
    }
    const file = join(path, record.file.name);
    const digest = checked.get(file) ?? hashFile(file);
    checked.set(file, digest);
    if (await digest !== record.file.sha256) {
      throw new DataError(
        `Cannot read "${file}": its contents have changed since it was written`,
        { hint: "Make the features again with metamae adapt" },
      );
    }
    return file;
  };
  return {
    path,
    manifest,
    async read(split, latent) {
      using file = await openSafetensors(await locate(split));
      if (!file.tensors.has("labels")) {
        throw new DataError(
          `Cannot probe the features "${path}": the split "${split}" has no labels`,
          { hint: "Probes need a labelled data set" },
        );
      }
      const features = await file.read(latent) as NdArray<"float32">;
      return { features, labels: await file.read("labels") as ProbeData["labels"] };
    },
    async ids(split) {
      using file = await openSafetensors(await locate(split));
      return await file.read("ids") as NdArray<"uint32">;
    },
  };
}

/** Element types of a spool. */
export type SpoolDtype = "float32" | "int32" | "uint32";

/** Rows of one tensor, appended in order. */
export interface TensorSpool {
  /** Appends whole rows. */
  append(rows: Float32Array | Int32Array | Uint32Array): Promise<void>;
  /** Ends writing and gives the tensor, which is read back piece by piece. */
  source(): TensorSource;
  /** Removes the file. */
  remove(): Promise<void>;
}

const chunkElements = 1 << 18;

/**
 * Starts a tensor.
 *
 * @param path File for the rows, which must not exist.
 * @param rowShape Shape of one row.
 */
export async function createTensorSpool(
  path: string,
  dtype: SpoolDtype,
  rowShape: readonly number[],
  fileSystem: FileSystem,
): Promise<TensorSpool> {
  const file: WritableFile = await fileSystem.create(path);
  let elements = 0;
  return {
    async append(rows) {
      await file.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      elements += rows.length;
    },
    source() {
      file.close();
      const shape = [elements / elementCount(rowShape), ...rowShape];
      return { dtype, shape, chunks: readChunks(path, dtype, elements) };
    },
    async remove() {
      file.close();
      await fileSystem.remove(path);
    },
  };
}

async function* readChunks(path: string, dtype: SpoolDtype, elements: number) {
  using file = await Deno.open(path, { read: true });
  for (let done = 0; done < elements;) {
    const length = Math.min(chunkElements, elements - done);
    const bytes = new Uint8Array(length * byteSize(dtype));
    for (let at = 0; at < bytes.length;) {
      const read = await file.read(bytes.subarray(at));
      if (read === null) throw new Deno.errors.UnexpectedEof(`"${path}" has become shorter`);
      at += read;
    }
    yield new typedArrays[dtype](bytes.buffer);
    done += length;
  }
}
