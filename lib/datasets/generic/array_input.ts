/**
 * What the samples of NumPy arrays are, and how their elements become rows of a store.
 *
 * @module
 */

import type { InputKind, InputSpec } from "../../spec/mod.ts";
import type { RowElements, StoreDtype } from "../../store/mod.ts";
import { DataError, type NdArray, UsageError } from "../../util/mod.ts";
import { patchSize } from "./patch_size.ts";
import type { StoredArray } from "./array_rows.ts";

/** The input of a store. */
export interface ArrayInput {
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
export interface ArrayOptions {
  readonly kind?: InputKind | undefined;
  readonly channelsLast: boolean;
  readonly patch?: number | undefined;
}

/** Kind of a sample by its number of axes, where the user names none. */
const kindsByAxes: readonly (InputKind | undefined)[] = [undefined, "tabular", "series", "image"];

/** Whether an array holds whole numbers by its type. */
export function isInteger({ header }: StoredArray): boolean {
  return !header.type.dtype.startsWith("float");
}

/**
 * Finds out what the samples are: two axes are a table, or tokens if they are asked for, three are
 * series and four are images.
 *
 * @throws {UsageError} If shape and kind do not fit, or the patch does not divide the sample.
 * @throws {DataError} If arrays of one name have samples of different shapes.
 */
export async function arrayInput(
  id: string,
  arrays: readonly StoredArray[],
  { kind, channelsLast, patch }: ArrayOptions,
): Promise<ArrayInput> {
  const [, ...axes] = arrays[0]!.header.shape;
  for (const { name, header } of arrays) {
    if (header.shape.slice(1).join() === axes.join()) continue;
    throw new DataError(
      `Cannot read "${name}": its samples have the shape (${header.shape.slice(1).join(", ")}), ` +
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
  if (chosen === "tokens") return await tokensInput(id, arrays, axes[0]!);
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

function channelsFirst(values: RowElements, channels: number): RowElements {
  const planes = values.slice();
  const pixels = values.length / channels;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < channels; c++) planes[c * pixels + i] = values[i * channels + c]!;
  }
  return planes;
}

/** Largest vocabulary that an embedding table is made for. */
const largestVocabulary = 2 ** 20;

/** Token ids: the vocabulary is the largest id and one. */
async function tokensInput(
  id: string,
  arrays: readonly StoredArray[],
  length: number,
): Promise<ArrayInput> {
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
