/**
 * The users' own NumPy arrays: `.npy` or `.npz` files, or a folder of `.npy` files.
 *
 * The first axis counts samples. Splits come from names such as `x_train` and `x_test`; labels from a
 * second array of one number a sample, with the same endings.
 *
 * @module
 */

import { z } from "zod";
import { type ColumnOptions, listParts, type RowElements, type SplitName } from "../store/mod.ts";
import { DataError, elementCount, lookUp, UsageError } from "../util/mod.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";
import { type ArrayInput, arrayInput, isInteger } from "./generic/array_input.ts";
import { openArrays, type StoredArray } from "./generic/array_rows.ts";
import { chooseSplits, splitOfWord } from "./generic/choose_splits.ts";
import { type Classes, numberClasses } from "./generic/classes.ts";
import { createMoments } from "./generic/moments.ts";
import { openOwn, ownFiles } from "./generic/named_files.ts";
import { readOptions, splitOptions } from "./generic/read_options.ts";

const id = "npy";
const batchSize = 64;

const options = z.strictObject({
  ...splitOptions,
  array: z.string().default("x").describe("Name of the array with the samples"),
  label: z.string().optional().describe("Column or array that holds the labels"),
  task: z.enum(["classes", "regression"]).optional().describe("What the labels are"),
  kind: z.enum(["tabular", "series", "image", "tokens"]).optional()
    .describe("What a sample is; told by the shape if left out"),
  channelsLast: z.boolean().default(false)
    .describe("The last axis of series and images holds the channels, not the first"),
  patch: z.number().int().min(1).optional().describe("Side of a patch, or steps of a segment"),
  normalize: z.enum(["none", "standard"]).optional()
    .describe("Subtract the training mean and divide by the deviation, per channel, or do not"),
});
type Options = z.infer<typeof options>;

/** Own NumPy arrays. */
export const npy: Dataset = {
  id,
  title: "Own NumPy arrays",
  domain: "own data",
  role: "generic",
  summary: "Arrays of samples in .npy or .npz files: tables, series, images or token ids.",
  licence: "That of the data",
  homepage: "https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html",
  citation: "None; the data are the user's own",
  files: [],
  variants: [{ name: "own", difference: "as the options say" }],
  options,

  shape: () => undefined,

  async tokenize(context, writer) {
    const chosen = readOptions(id, options, context.options);
    const arrays = await openAll(context.raw);
    const samples = parts(arrays, chosen.array);
    const input = await arrayInput(id, samples.map(({ array }) => array), chosen);
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
    writer.declare({
      inputs: [input.spec],
      ...(labels === undefined ? {} : { task: labels.task }),
      layout: "rows",
      columns: [{
        ...column,
        ...(isStandard ? await measure(samples, input, isTraining, column, context) : {}),
      }],
      defaults: { batchSize },
    });
    let row = 0;
    for await (const values of rowsOf(samples, input, context)) {
      await writer.append([values], labels?.values[row]);
      if (++row % 4096 === 0) context.progress(row, splits.length, "rows");
    }
    context.progress(row, splits.length, "rows");
    listParts(lists, context, writer);
    writer.note(note);
    if (isStandard) writer.note("Normalised by mean and deviation of the training samples");
  },
};

interface Part {
  readonly array: StoredArray;
  readonly split: SplitName | undefined;
}

/** All arrays by name: of an archive, or of the `.npy` files of a folder by their stems. */
async function openAll(raw: string | undefined): Promise<ReadonlyMap<string, StoredArray>> {
  const arrays = new Map<string, StoredArray>();
  const files = await ownFiles(id, await openOwn(id, raw), ["npy", "npz"]);
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
      throw new DataError(
        `Cannot read "${name}": its shape is (${header.shape.join(", ")}), ` +
          `${count} labels are wanted`,
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
  { signal }: TokenizeContext,
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
  context: TokenizeContext,
): Promise<Pick<ColumnOptions, "mean" | "deviation">> {
  const moments = createMoments(input.channels);
  let row = 0;
  for await (const values of rowsOf(samples, input, context)) {
    if (isTraining.has(row++)) moments.add(values);
  }
  const { mean, deviation } = moments.result();
  return { mean: mean.map((m) => m / divisor), deviation: deviation.map((d) => d / divisor) };
}
