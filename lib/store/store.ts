/**
 * Reading a token store: samples by id, in model layout; and checking that its files still hold
 * what was written.
 *
 * @module
 */

import { type InputSpec, sampleShape, type TaskSpec } from "../spec/mod.ts";
import {
  byteSize,
  DataError,
  drawKey,
  elementCount,
  explained,
  float32,
  hashFile,
  int32,
  join,
  type NdArray,
  ndarray,
  permuted,
  sha256,
  statIfThere,
  type TypedArrays,
  UsageError,
} from "../util/mod.ts";
import {
  createFilePool,
  createTableReader,
  type FilePool,
  type TableReader,
} from "./table_reader.ts";
import { channelCount, rowWidth, windowLength } from "./row_checks.ts";
import {
  type SplitName,
  splitName,
  type StoreColumn,
  storeDigest,
  storeFiles,
  type StoreManifest,
  storeManifest,
  type StoreSplit,
} from "../documents/mod.ts";

/** Consecutive starts of windows. */
export interface StartRange {
  /** First start, a row of the store. */
  readonly first: number;
  /** Number of starts. */
  readonly starts: number;
}

/** Ranges that are drawn from as one, such as the recordings of one person and one activity. */
export interface StartGroup {
  /** Starts in all ranges together. */
  readonly starts: number;
  /** Ranges in ascending order. */
  readonly ranges: readonly StartRange[];
}

/** Which samples a split has. */
export type SampleSource =
  | { readonly kind: "list"; readonly ids: Uint32Array<ArrayBuffer> }
  | { readonly kind: "drawn"; readonly groups: readonly StartGroup[] };

/** Samples in model layout. */
export interface Batch {
  /** Ids of the samples: their (first) rows. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** One array a modality: (N, ...sample shape), float32, or int32 for tokens. */
  readonly inputs: readonly NdArray<"float32" | "int32">[];
  /** Labels as of {@linkcode Split.labels}; absent if the split is not labelled throughout. */
  readonly labels?: NdArray<"int32" | "float32">;
}

/** A named set of samples. */
export interface Split {
  /** Name of the split that was found: `train` where `pretrain` was asked for and there is none. */
  readonly name: SplitName;
  /** Samples of one epoch. */
  readonly count: number;
  /** Whether every sample has a label. */
  readonly labelled: boolean;
  /** Which samples there are, for samplers. */
  readonly source: SampleSource;
  /**
   * Reads samples by id.
   *
   * @throws {DataError} If a file is damaged or has become shorter.
   */
  read(ids: ArrayLike<number>): Promise<Batch>;
  /**
   * Reads labels by id: (N), or (N, classes) for multi-label and (N, length) for per-token tasks.
   *
   * @throws {DataError} If the split is not labelled throughout.
   */
  labels(ids: ArrayLike<number>): Promise<NdArray<"int32" | "float32">>;
}

/** An open token store. */
export interface Store extends AsyncDisposable {
  /** Path of the folder. */
  readonly path: string;
  /** Contents of `store.json`. */
  readonly manifest: StoreManifest;
  /** SHA-256 that identifies the contents; see {@linkcode storeDigest}. */
  readonly digest: string;
  /** Modalities of a sample, in the order of the columns. */
  readonly inputs: readonly InputSpec[];
  /** Task of the labels; undefined where there are none. */
  readonly task: TaskSpec | undefined;
  /** Names of the splits that the store has. */
  readonly splits: readonly SplitName[];
  /**
   * Opens a split; `pretrain` falls back to `train`.
   *
   * @throws {UsageError} If the store has no such split; the message lists those it has.
   */
  split(name: SplitName): Promise<Split>;
  /** Closes all files. */
  close(): Promise<void>;
}

/** Options of {@linkcode openStore}. */
export interface OpenStoreOptions {
  /** Stores up to this size are kept in memory shard by shard as they are touched; 512 MiB. */
  readonly cacheBytes?: number;
}

/**
 * Opens a token store: reads the manifest and checks the size of every file.
 *
 * Contents are checked when a shard is taken into memory (stores up to `cacheBytes`); for larger
 * stores {@linkcode verifyStore} does it.
 *
 * @throws {MissingError} If there is no store.
 * @throws {DataError} If it is damaged, or of a newer version.
 */
export async function openStore(path: string, options: OpenStoreOptions = {}): Promise<Store> {
  const manifest = await readManifest(path);
  const files = storeFiles(manifest);
  await Promise.all(files.map(({ name, bytes }) => checkSize(join(path, name), bytes)));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const pool = createFilePool();
  const tables = openTables(path, manifest, pool, total <= (options.cacheBytes ?? 512 * 2 ** 20));
  const opened = new Map<SplitName, Promise<Split>>();
  const close = () => pool.close();
  return {
    path,
    manifest,
    digest: storeDigest(manifest),
    inputs: manifest.inputs,
    task: manifest.task,
    splits: splitName.options.filter((name) => manifest.splits[name] !== undefined),
    split: async (name) => {
      const found = findSplit(path, manifest, name);
      const split = opened.get(found) ?? openSplit(path, manifest, found, tables);
      opened.set(found, split);
      return await split;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readManifest(path: string): Promise<StoreManifest> {
  const manifest = await storeManifest.read(path);
  checkConsistency(manifest, path);
  return manifest;
}

/** Checks what the schema cannot: that sizes, shapes and row counts agree. */
function checkConsistency(manifest: StoreManifest, path: string): void {
  const fail = (what: string) => new DataError(`Cannot open the store "${path}": ${what}`);
  const { inputs, columns, labels, layout, rows, splits } = manifest;
  if (inputs.length !== columns.length) throw fail("inputs and columns differ in number");
  inputs.forEach((input, i) => {
    if (columns[i]!.width !== rowWidth(input, layout)) throw fail(`column ${i} has a wrong width`);
  });
  for (const table of labels === undefined ? columns : [...columns, labels]) {
    const rowBytes = table.width * byteSize(table.dtype);
    for (const { rows, file } of table.shards) {
      if (file.bytes !== rows * rowBytes) {
        throw fail(`"${file.name}" has ${file.bytes} bytes, ${rows} rows take ${rows * rowBytes}`);
      }
    }
    const found = table.shards.reduce((sum, shard) => sum + shard.rows, 0);
    if (found !== rows) throw fail(`a table has ${found} rows, ${rows} are wanted`);
  }
  for (const [name, { kind, count, file }] of Object.entries(splits)) {
    const wrong = kind === "list" ? file.bytes !== 4 * count : file.bytes % 12 !== 0;
    if (wrong) throw fail(`the split "${name}" has ${file.bytes} bytes for ${count} samples`);
  }
}

async function checkSize(path: string, wanted: number): Promise<void> {
  const size = (await statIfThere(path))?.size;
  if (size === wanted) return;
  const found = size === undefined ? "it is missing" : `it has ${size} bytes`;
  throw new DataError(`Cannot open "${path}": ${found}, the manifest promises ${wanted}`, {
    hint: "The store is damaged: make it again with tokenize --force",
  });
}

function findSplit(path: string, manifest: StoreManifest, name: SplitName): SplitName {
  if (manifest.splits[name] !== undefined) return name;
  if (name === "pretrain" && manifest.splits.train !== undefined) return "train";
  throw new UsageError(
    `Cannot open the split "${name}" of "${path}": the store has ${
      Object.keys(manifest.splits).join(", ")
    }`,
  );
}

interface Tables {
  readonly inputs: readonly TableReader[];
  readonly labels: TableReader | undefined;
}

function openTables(
  path: string,
  manifest: StoreManifest,
  files: FilePool,
  cached: boolean,
): Tables {
  const options = { folder: path, files, cached };
  return {
    inputs: manifest.columns.map((column) => createTableReader(column, options)),
    labels: manifest.labels && createTableReader(manifest.labels, options),
  };
}

async function openSplit(
  path: string,
  manifest: StoreManifest,
  name: SplitName,
  tables: Tables,
): Promise<Split> {
  const { inputs, columns, layout } = manifest;
  const { count, labelled, ...description } = manifest.splits[name]!;
  const source = await loadSamples(path, name, description, manifest);
  const length = windowLength(layout, inputs);
  const conversions = inputs.map((input, i) => modelLayout(input, columns[i]!, layout));

  const labels = async (ids: ArrayLike<number>) => {
    if (!labelled || tables.labels === undefined || manifest.labels === undefined) {
      throw new DataError(`Cannot read labels of the split "${name}" of "${path}": it has none`);
    }
    const { width, dtype } = manifest.labels;
    const values = await tables.labels.read(ids, 1);
    const shape = width === 1 ? [ids.length] : [ids.length, width];
    return ndarray(dtype, shape, values) as NdArray<"int32" | "float32">;
  };
  const read = async (ids: ArrayLike<number>): Promise<Batch> => {
    const stored = await Promise.all(tables.inputs.map((table) => table.read(ids, length)));
    return {
      ids: Uint32Array.from(ids),
      inputs: stored.map((elements, i) => conversions[i]!(elements, ids.length)),
      ...(labelled ? { labels: await labels(ids) } : {}),
    };
  };
  return { name, count, labelled, source, read, labels };
}

/**
 * Loads the samples of a split and checks them.
 *
 * @throws {DataError} If the file is damaged.
 */
async function loadSamples(
  folder: string,
  name: SplitName,
  { kind, file }: Pick<StoreSplit, "kind" | "file">,
  { rows, layout, inputs }: StoreManifest,
): Promise<SampleSource> {
  const path = join(folder, file.name);
  const bytes = await explained(`Cannot read "${path}"`, () => Deno.readFile(path));
  const fail = (what: string) =>
    new DataError(`Cannot read the split "${name}" in "${path}": ${what}`, {
      hint: "The store is damaged: make it again with tokenize --force",
    });
  if (sha256(bytes) !== file.sha256) throw fail("its contents have changed since it was written");
  const words = new Uint32Array(bytes.buffer);
  const last = rows - windowLength(layout, inputs);
  if (kind === "list") {
    if (words.some((id) => id > last)) throw fail("it names rows that the store does not have");
    return { kind, ids: words };
  }
  const groups = new Map<number, { starts: number; ranges: StartRange[] }>();
  for (let i = 0; i < words.length; i += 3) {
    const [group, first, starts] = words.subarray(i, i + 3) as unknown as [number, number, number];
    if (starts === 0 || first + starts - 1 > last) throw fail("it names rows that are not there");
    const entry = groups.get(group) ?? { starts: 0, ranges: [] };
    entry.starts += starts;
    entry.ranges.push({ first, starts });
    groups.set(group, entry);
  }
  return { kind, groups: [...groups.values()] };
}

/** Options of {@linkcode verifyStore}. */
export interface VerifyStoreOptions {
  /** Fraction of the files to check, at least one; all of them. */
  readonly sample?: number;
  /** Chooses the files of a sample; 0. */
  readonly seed?: number;
  /** Reports progress: bytes done, bytes in all. */
  readonly progress?: (done: number, total: number) => void;
  /** Stops the check when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What was checked and found good. */
export interface Verification {
  /** Number of files whose digest was computed. */
  readonly files: number;
  /** Their size in bytes. */
  readonly bytes: number;
}

/**
 * Reads files of a store and compares their SHA-256 with the manifest.
 *
 * @throws {DataError} If any file has changed; the message names all of them.
 * @throws {RangeError} If the sample is no fraction.
 */
export async function verifyStore(
  store: Pick<Store, "path" | "manifest">,
  options: VerifyStoreOptions = {},
): Promise<Verification> {
  const { sample = 1, seed = 0, progress, signal } = options;
  if (!(sample > 0 && sample <= 1)) {
    throw new RangeError(`Cannot verify a sample of ${sample}: a fraction in (0, 1] is wanted`);
  }
  const all = storeFiles(store.manifest);
  const key = drawKey(seed, "verify");
  const chosen = Array.from(
    { length: Math.ceil(sample * all.length) },
    (_, i) => all[permuted(key, i, all.length)]!,
  );
  const total = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
  const damaged: string[] = [];
  let done = 0;
  for (const { name, bytes, sha256 } of chosen) {
    signal?.throwIfAborted();
    if (await hashFile(join(store.path, name)) !== sha256) damaged.push(`"${name}"`);
    done += bytes;
    progress?.(done, total);
  }
  if (damaged.length > 0) {
    throw new DataError(
      `Cannot trust the store "${store.path}": the contents of ${damaged.join(", ")} ` +
        `have changed since it was written`,
      { hint: "Make the store again with tokenize --force" },
    );
  }
  return { files: chosen.length, bytes: total };
}

/** Makes model input of the stored elements of a number of samples. */
export type ToModelLayout = (
  elements: TypedArrays[StoreColumn["dtype"]],
  samples: number,
) => NdArray<"float32" | "int32">;

/**
 * Prepares the conversion of one column.
 *
 * Every step of the normalisation is rounded to float32 and its constants are float32, as
 * frameworks that compute in single precision do.
 */
export function modelLayout(
  input: InputSpec,
  column: StoreColumn,
  layout: StoreManifest["layout"],
): ToModelLayout {
  const shape = sampleShape(input);
  if (input.kind === "tokens") {
    return (elements, samples) => int32([samples, ...shape], Int32Array.from(elements));
  }
  const size = elementCount(shape);
  const channels = channelCount(input);
  const plane = size / channels;
  // In the windows layout a sample lies (length, channels) on disk.
  const stride = layout === "windows" ? channels : 1;
  const channelStep = layout === "windows" ? 1 : plane;
  const write = normaliser(column);
  return (elements, samples) => {
    const out = new Float32Array(samples * size);
    for (let sample = 0; sample < samples; sample++) {
      for (let channel = 0; channel < channels; channel++) {
        const to = sample * size + channel * plane;
        write(elements, sample * size + channel * channelStep, stride, out, to, plane, channel);
      }
    }
    return float32([samples, ...shape], out);
  };
}

/** Normalises `count` elements of one channel, `stride` apart, into consecutive ones. */
type WriteChannel = (
  elements: TypedArrays[StoreColumn["dtype"]],
  from: number,
  stride: number,
  out: Float32Array,
  to: number,
  count: number,
  channel: number,
) => void;

function normaliser(column: StoreColumn): WriteChannel {
  const { scale, divisor, mean, deviation } = column;
  if (scale === undefined && divisor === undefined && !mean && !deviation) {
    return (elements, from, stride, out, to, count) => {
      for (let i = 0; i < count; i++) out[to + i] = elements[from + i * stride]!;
    };
  }
  const normalise = valueNormaliser(column);
  if (column.dtype === "uint8") {
    // 256 possible values: computed once a channel.
    const tables = Array.from(
      { length: Math.max(mean?.length ?? 1, deviation?.length ?? 1) },
      (_, channel) => Float32Array.from({ length: 256 }, (_, value) => normalise(value, channel)),
    );
    return (elements, from, stride, out, to, count, channel) => {
      const table = tables[channel] ?? tables[0]!;
      for (let i = 0; i < count; i++) out[to + i] = table[elements[from + i * stride]!]!;
    };
  }
  return (elements, from, stride, out, to, count, channel) => {
    for (let i = 0; i < count; i++) {
      out[to + i] = normalise(elements[from + i * stride]!, channel);
    }
  };
}

/**
 * Doubles hold products and quotients of float32 numbers so exactly that rounding them is right.
 */
function valueNormaliser(column: StoreColumn): (value: number, channel: number) => number {
  const round = Math.fround;
  const scale = round(column.scale ?? 1);
  const divisor = round(column.divisor ?? 1);
  const means = Float32Array.from(column.mean ?? [0]);
  const deviations = Float32Array.from(column.deviation ?? [1]);
  return (value, channel) => {
    const scaled = round(round(round(value) * scale) / divisor);
    const mean = means.length === 1 ? means[0]! : means[channel]!;
    const deviation = deviations.length === 1 ? deviations[0]! : deviations[channel]!;
    return round(round(scaled - mean) / deviation);
  };
}
