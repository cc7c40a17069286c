/**
 * The users' own NumPy arrays: `.npy` or `.npz` files, or a folder of `.npy` files.
 *
 * The first axis counts samples. Splits come from names such as `x_train` and `x_test`; labels from
 * a second array of one number a sample, with the same endings.
 *
 * @module
 */

import type { SplitName, StoreDtype } from "../documents/mod.ts";
import { z } from "zod";
import { readZip } from "../formats/archive/mod.ts";
import { type Chunks, openFileSource, readFileChunks } from "../formats/bytes/mod.ts";
import { decodeNumpy, type NpyHeader, readNpyHeader } from "../formats/tensor/mod.ts";
import { channelsFirst } from "../signal/mod.ts";
import type { InputKind, InputSpec } from "../spec/mod.ts";
import { type ColumnOptions, listParts, type RowElements } from "../store/mod.ts";
import {
  concatBytes,
  DataError,
  elementCount,
  lookUp,
  type NdArray,
  unreadable,
  UsageError,
} from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import { chooseSplits, splitOfWord } from "./own/choose_splits.ts";
import { type Classes, numberClasses } from "./own/classes.ts";
import { createMoments } from "./own/moments.ts";
import { ownDataset, ownShape, patchSize, sharedOptions, splitOptions } from "./own/own_data.ts";
import { ownFiles } from "./own/own_files.ts";

const id = "npy";
const { label, task, patch, normalize } = sharedOptions;

const options = z.strictObject({
  ...splitOptions,
  array: z.string().default("x").describe("Name of the array with the samples"),
  label,
  task,
  kind: z.enum(["tabular", "series", "image", "tokens"]).optional()
    .describe("What a sample is; told by the shape if left out"),
  channelsLast: z.boolean().default(false)
    .describe("The last axis of series and images holds the channels, not the first"),
  patch,
  normalize,
});
type Options = z.infer<typeof options>;

/** Own NumPy arrays. */
export const npy: Dataset = ownDataset({
  id,
  title: "Own NumPy arrays",
  summary: "Arrays of samples in .npy or .npz files: tables, series, images or token ids.",
  homepage: "https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html",
  options,

  async convert(run, chosen) {
    const { writer } = run;
    const arrays = await openAll(run);
    const samples = parts(arrays, chosen.array);
    const input = await arrayInput(samples.map(({ array }) => array), chosen);
    const labels = chosen.label === undefined
      ? undefined
      : await readLabels(parts(arrays, chosen.label), samples, chosen.task);
    const splits = samples.flatMap(({ array, split }) =>
      Array.from({ length: array.header.shape[0]! }, () => split)
    );
    const { parts: lists, note } = chooseSplits({
      id,
      samples: splits.length,
      named: (sample) => splits[sample],
    }, chosen);

    const isStandard = chosen.normalize === undefined
      ? input.dtype === "float32"
      : chosen.normalize === "standard" && input.spec.kind !== "tokens";
    const column: ColumnOptions = {
      dtype: input.dtype,
      ...(input.dtype === "uint8" && input.spec.kind !== "tokens" ? { divisor: 255 } : {}),
    };
    const isTraining = new Set(lists.train);
    const moments = isStandard ? await measure(samples, input, isTraining, column, run) : {};
    run.declare([{ ...column, ...moments }], { shape: ownShape(input.spec, labels?.task) });
    let row = 0;
    for await (const values of rowsOf(samples, input, run)) {
      await writer.append([values], labels?.values[row]);
      if (++row % 4096 === 0) run.progress(row, splits.length, "rows");
    }
    run.progress(row, splits.length, "rows");
    listParts(lists, run, writer);
    writer.note(note);
    if (isStandard) writer.note("Normalised by mean and deviation of the training samples");
  },
});

interface Part {
  readonly array: StoredArray;
  readonly split: SplitName | undefined;
}

/** All arrays by name: of an archive, or of the `.npy` files of a folder by their stems. */
async function openAll(run: Conversion): Promise<ReadonlyMap<string, StoredArray>> {
  const arrays = new Map<string, StoredArray>();
  const files = await ownFiles(run, ["npy", "npz"]);
  for (const { path, name } of files) {
    const stem = name.slice(name.lastIndexOf("/") + 1).replace(/\.np[yz]$/i, "");
    for (const [key, array] of await openArrays(path)) arrays.set(key === "" ? stem : key, array);
  }
  return arrays;
}

/** The array of a name, or those of the name with a split behind it. */
function parts(arrays: ReadonlyMap<string, StoredArray>, name: string): readonly Part[] {
  const whole = arrays.get(name) ?? (arrays.size === 1 ? [...arrays.values()][0] : undefined);
  if (whole !== undefined) return [{ array: whole, split: undefined }];
  const found: Part[] = [];
  for (const [key, array] of arrays) {
    const split = key.startsWith(`${name}_`) ? splitOfWord(key.slice(name.length + 1)) : undefined;
    if (split !== undefined) found.push({ array, split });
  }
  // Fails with the list of names.
  return found.length > 0 ? found : [{ array: lookUp("array", name, arrays), split: undefined }];
}

interface Labels {
  readonly task: Classes["task"];
  /** One a sample. */
  readonly values: ArrayLike<number>;
}

async function readLabels(
  labels: readonly Part[],
  samples: readonly Part[],
  task: Options["task"],
): Promise<Labels> {
  const numbers: number[] = [];
  for (const { array, split } of samples) {
    const part = labels.find((label) => label.split === split);
    if (part === undefined) {
      throw new UsageError(`Cannot tokenize "${id}": "${array.name}" has no labels beside it`);
    }
    const { name, header } = part.array;
    const count = array.header.shape[0];
    if (elementCount(header.shape) !== count || header.shape[0] !== count) {
      throw unreadable(
        name,
        `its shape is (${header.shape.join(", ")}), ${count} labels are wanted`,
      );
    }
    for await (const { data } of part.array.rows()) {
      for (const value of data) numbers.push(Number(value));
    }
  }
  const areWhole = labels.every(({ array }) => isInteger(array));
  if ((task ?? (areWhole ? "classes" : "regression")) === "regression") {
    return { task: { kind: "regression", classes: 1, metric: "spearman" }, values: numbers };
  }
  const classes = numberClasses(id, numbers.map(String));
  if (classes === undefined) {
    throw new DataError(`Cannot tokenize "${id}": all labels are the same, at least 2 are wanted`);
  }
  return { task: classes.task, values: numbers.map((value) => classes.classOf(String(value))) };
}

/** The rows of all parts in the store's layout. */
async function* rowsOf(
  samples: readonly Part[],
  { convert }: ArrayInput,
  { signal }: Conversion,
): AsyncGenerator<RowElements> {
  for (const { array } of samples) {
    let row = 0;
    for await (const { shape, data } of array.rows()) {
      signal.throwIfAborted();
      const width = data.length / shape[0]!;
      for (let at = 0; at < data.length; at += width) {
        yield convert(data.subarray(at, at + width), `row ${row++} of "${array.name}"`);
      }
    }
  }
}

async function measure(
  samples: readonly Part[],
  input: ArrayInput,
  isTraining: ReadonlySet<number>,
  { divisor = 1 }: ColumnOptions,
  run: Conversion,
): Promise<Pick<ColumnOptions, "mean" | "deviation">> {
  const moments = createMoments(input.channels);
  let row = 0;
  for await (const values of rowsOf(samples, input, run)) {
    if (isTraining.has(row++)) moments.add(values);
  }
  const { mean, deviation } = moments.result();
  return { mean: mean.map((m) => m / divisor), deviation: deviation.map((d) => d / divisor) };
}

/** The input of a store. */
interface ArrayInput {
  readonly spec: InputSpec;
  readonly dtype: StoreDtype;
  readonly channels: number;
  /**
   * One sample in the store's layout: channels first.
   *
   * @param where What it is, for messages.
   * @throws {DataError} If a value is not finite.
   */
  convert(elements: NdArray["data"], where: string): RowElements;
}

/** What the user says about the arrays. */
interface ArrayOptions {
  readonly kind?: InputKind | undefined;
  readonly channelsLast: boolean;
  readonly patch?: number | undefined;
}

/** Kind of a sample by its number of axes, where the user names none. */
const kindsByAxes: readonly (InputKind | undefined)[] = [undefined, "tabular", "series", "image"];

/** Whether an array holds whole numbers by its type. */
function isInteger({ header }: StoredArray): boolean {
  return !header.type.dtype.startsWith("float");
}

/**
 * Finds out what the samples are: two axes are a table, or tokens if they are asked for, three are
 * series and four are images.
 *
 * @throws {UsageError} If shape and kind do not fit, or the patch does not divide the sample.
 * @throws {DataError} If arrays of one name have samples of different shapes.
 */
async function arrayInput(
  arrays: readonly StoredArray[],
  { kind, channelsLast, patch }: ArrayOptions,
): Promise<ArrayInput> {
  const [, ...axes] = arrays[0]!.header.shape;
  for (const { name, header } of arrays) {
    if (header.shape.slice(1).join() === axes.join()) continue;
    throw unreadable(
      name,
      `its samples have the shape (${header.shape.slice(1).join(", ")}), ` +
        `those of "${arrays[0]!.name}" (${axes.join(", ")})`,
    );
  }
  const chosen = kind ?? kindsByAxes[axes.length];
  const wanted = { tabular: 1, tokens: 1, series: 2, image: 3 };
  if (chosen === undefined || axes.length !== wanted[chosen]) {
    throw new UsageError(
      `Cannot use "${arrays[0]!.name}" as "${chosen ?? "?"}": its samples have the shape ` +
        `(${axes.join(", ")}); a table or tokens want 1 axis, series 2 (channels, steps), ` +
        "images 3 (channels, height, width)",
      { hint: "Use --kind, and --channels-last where channels are the last axis" },
    );
  }
  if (chosen === "tokens") return await tokensInput(arrays, axes[0]!);
  if (chosen === "tabular") {
    const spec: InputSpec = { kind: "tabular", features: axes[0]! };
    return { spec, dtype: "float32", channels: axes[0]!, convert: floats };
  }
  const channels = channelsLast ? axes.at(-1)! : axes[0]!;
  const sides = channelsLast ? axes.slice(0, -1) : axes.slice(1);
  const size = patchSize(id, sides, patch);
  const isBytes = chosen === "image" && arrays.every(({ header }) => header.type.dtype === "uint8");
  const convert = isBytes ? bytes : floats;
  const [height = 1, width = 1] = sides;
  return {
    spec: chosen === "series"
      ? { kind: "series", channels, length: sides[0]!, patch: size }
      : { kind: "image", channels, height, width, patch: size },
    dtype: isBytes ? "uint8" : "float32",
    channels,
    convert: channelsLast
      ? (elements, where) => channelsFirst(convert(elements, where), channels)
      : convert,
  };
}

const bytes = (elements: NdArray["data"]): RowElements => elements as Uint8Array<ArrayBuffer>;

function floats(elements: NdArray["data"], where: string): Float32Array<ArrayBuffer> {
  const values = Float32Array.from(elements as ArrayLike<number | bigint>, Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new DataError(
    `Cannot use ${where}: element ${bad} is ${values[bad]}, a finite number is wanted`,
  );
}

/** Largest vocabulary that an embedding table is made for. */
const largestVocabulary = 2 ** 20;

/** Token ids: the vocabulary is the largest id and one. */
async function tokensInput(arrays: readonly StoredArray[], length: number): Promise<ArrayInput> {
  let largest = 0;
  for (const array of arrays) {
    if (!isInteger(array)) {
      throw new UsageError(
        `Cannot use "${array.name}" as tokens: its elements are of type ` +
          `"${array.header.type.dtype}", whole numbers are wanted`,
      );
    }
    for await (const { data } of array.rows()) {
      for (const value of data) {
        const token = Number(value);
        if (token >= 0 && token < largestVocabulary) largest = Math.max(largest, token);
        else throw new DataError(`Cannot tokenize "${id}": "${array.name}" has the id ${token}`);
      }
    }
  }
  return {
    spec: { kind: "tokens", vocabulary: largest + 1, length },
    dtype: largest < 256 ? "uint8" : largest < 65_536 ? "uint16" : "int32",
    channels: 1,
    convert: (elements) => {
      const numbers = Array.from(elements as ArrayLike<number | bigint>, Number);
      if (largest < 256) return Uint8Array.from(numbers);
      return largest < 65_536 ? Uint16Array.from(numbers) : Int32Array.from(numbers);
    },
  };
}

/** An array in a file. */
interface StoredArray {
  /** Name for messages. */
  readonly name: string;
  readonly header: NpyHeader;
  /** All elements of the rows from the first one on, in blocks of whole rows. */
  rows(): AsyncGenerator<NdArray>;
}

/** Bytes that the longest header takes. */
const longestHeader = 2 ** 16;
/** Bytes of a block of rows, roughly. */
const blockBytes = 2 ** 20;

/**
 * The arrays of a `.npy` file (under the name `""`) or a `.npz` file (by their names).
 *
 * @throws {DataError} If the file is damaged or an array holds no plain numbers.
 */
export async function openArrays(path: string): Promise<ReadonlyMap<string, StoredArray>> {
  await using source = await openFileSource(path);
  if (!/\.npz$/i.test(path)) {
    const start = await source.read(0, Math.min(source.size, longestHeader));
    return new Map([["", storedArray(path, start, source.size, () => readFileChunks(path))]]);
  }
  const arrays = new Map<string, StoredArray>();
  for (const entry of await readZip(source)) {
    const name = `${path}/${entry.name}`;
    const start = await startOf(entry.chunks());
    const chunks = () => entryChunks(path, entry.name);
    arrays.set(entry.name.replace(/\.npy$/, ""), storedArray(name, start, entry.size, chunks));
  }
  return arrays;
}

function storedArray(
  name: string,
  start: Uint8Array,
  size: number,
  chunks: () => Chunks,
): StoredArray {
  const header = readNpyHeader(start, { name });
  const { dataOffset, dataBytes, shape, fortran, type } = header;
  if (size !== dataOffset + dataBytes) {
    throw unreadable(name, `it has ${size} bytes, its header promises ${dataOffset + dataBytes}`);
  }
  const [count = 1, ...rest] = shape;
  const rowBytes = elementCount(rest) * type.itemBytes;
  if (count === 0 || rowBytes === 0) {
    throw unreadable(name, `its shape is (${shape.join(", ")}), it is empty`);
  }
  return {
    name,
    header,
    async *rows() {
      // Fortran order has the rows interleaved: nothing is whole before the end.
      const rowsPerBlock = fortran ? count : Math.max(1, Math.floor(blockBytes / rowBytes));
      let done = 0;
      for await (const bytes of blocks(chunks(), dataOffset, rowsPerBlock * rowBytes)) {
        const rows = bytes.length / rowBytes;
        done += rows;
        yield decodeNumpy(bytes, type, { shape: [rows, ...rest], fortran }, `"${name}"`);
      }
      if (done !== count) {
        throw unreadable(name, `it has ${done} rows, ${count} are wanted`);
      }
    },
  };
}

/** Cuts a stream, from an offset on, into blocks of one size; the last may be shorter. */
async function* blocks(
  chunks: Chunks,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let skip = offset;
  let parts: Uint8Array[] = [];
  let gathered = 0;
  for await (const chunk of chunks) {
    let at = Math.min(skip, chunk.length);
    skip -= at;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + size - gathered);
      parts.push(part);
      gathered += part.length;
      at += part.length;
      if (gathered < size) continue;
      yield concatBytes(parts);
      [parts, gathered] = [[], 0];
    }
  }
  if (gathered > 0) yield concatBytes(parts);
}

async function startOf(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= longestHeader) break;
  }
  return concatBytes(parts);
}

async function* entryChunks(path: string, name: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using source = await openFileSource(path);
  const entry = (await readZip(source)).find((found) => found.name === name);
  if (entry !== undefined) yield* entry.chunks();
}
