/**
 * What a data set sees of the token store while it writes one, which `createStore` hands out, and
 * the ways to use it that data sets share.
 *
 * @module
 */

import type { ImageLook, InputSpec, TaskSpec } from "../spec/mod.ts";
import { type Json, mapOrdered } from "../util/mod.ts";
import type { SplitName, StoreDtype } from "../documents/mod.ts";

/** Elements of a row: one typed array per input, matching the declared columns. */
export type RowElements =
  | Uint8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>;

/** Element type, normalisation and look of one input; see the store format. */
export interface ColumnOptions {
  /** Element type on disk. */
  readonly dtype: StoreDtype;
  /** Multiplied first. */
  readonly scale?: number;
  /** Divided by instead, where the reference divides, such as 255 for 8-bit images. */
  readonly divisor?: number;
  /** Subtracted: one value, or one a channel (tabular: a feature). */
  readonly mean?: readonly number[];
  /** Divided by: one value, or one a channel (tabular: a feature). */
  readonly deviation?: readonly number[];
  /** How the images are drawn, where their channels do not say it. */
  readonly look?: ImageLook;
}

/** What a store holds; declared before the first row. */
export interface StoreDeclaration {
  /** Modalities of a sample. */
  readonly inputs: readonly InputSpec[];
  /** Task of the labels; absent where there are none. */
  readonly task?: TaskSpec;
  /** `rows`: a sample is one row; `windows`: several consecutive rows, one a time step. */
  readonly layout: "rows" | "windows";
  /** One entry an input. */
  readonly columns: readonly ColumnOptions[];
  /** Samples a step where a run names no number. */
  readonly defaults: { readonly batchSize: number };
}

/** What came of a job. */
export interface JobRows {
  /** Index of its first row. */
  readonly row: number;
  /** Number of its rows. */
  readonly rows: number;
  /** What it added to counters. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Receives rows and splits of one data set.
 *
 * A run that goes on with the store of an interrupted one does all calls again in the same order.
 * Rows that are there already are passed over, jobs and results that are there are not worked out
 * again.
 */
export interface StoreWriter {
  /**
   * Declares the contents; must be called once, first.
   *
   * @throws {RangeError} If columns do not fit the inputs.
   */
  declare(declaration: StoreDeclaration): void;
  /**
   * Appends one row (`rows` layout: a sample; `windows` layout: one time step).
   *
   * @param inputs One typed array an input, copied before the call returns. In the `rows` layout
   * every float is finite; in the `windows` layout a NaN makes all windows over this row unusable.
   * @param label The row's label: a number, or an array for multi-label and per-token tasks; left
   * out for rows without one.
   * @returns The index of the row. Wait for it: that is what keeps memory flat.
   * @throws {DataError} If a float is not finite, a token id lies outside the vocabulary or a label
   * outside its classes; the message says in which row.
   */
  append(inputs: readonly RowElements[], label?: number | ArrayLike<number>): Promise<number>;
  /**
   * Appends many rows at once, with less time spent on each.
   *
   * @param count Number of rows.
   * @param inputs One typed array an input, row after row.
   * @param labels Labels, row after row; left out for rows without them.
   * @returns The index of the first row.
   * @throws {DataError} As {@linkcode append}.
   */
  appendRows(count: number, inputs: readonly RowElements[], labels?: RowElements): Promise<number>;
  /** How many of the next jobs an interrupted run has done. */
  readonly keptJobs: number;
  /** Whether the next row is there already. */
  readonly isKept: boolean;
  /**
   * Appends the rows of one job: costly work on a part of the raw files, such as one of them.
   *
   * @param key What the job is about, such as the name of the file.
   * @param work Appends the rows and counts; not called where an interrupted run has done it.
   * @throws {DataError} If the raw files are not the ones that the interrupted run had.
   */
  job(key: string, work: () => Promise<unknown>): Promise<JobRows>;
  /**
   * Result of costly work that gives no rows, such as a mean; done only once, however often a run
   * is interrupted.
   */
  once<Result extends Json>(name: string, work: () => Promise<Result>): Promise<Result>;
  /**
   * Sub-ranges of the starts `first .. first + starts - 1` whose windows hold no NaN, for data sets
   * that draw a list of windows themselves. The rows must have been appended.
   */
  validStarts(first: number, starts: number): readonly (readonly [number, number])[];
  /**
   * Names a split by its samples: row indices, or start rows of windows, in reference order.
   * Windows that hold a NaN are left out and counted (`windows with missing values`).
   *
   * @param indices Must not be changed afterwards.
   */
  list(split: SplitName, indices: ArrayLike<number>): void;
  /**
   * Names a split whose epochs are drawn: `count` windows an epoch, each from a uniformly drawn
   * range (first start, number of starts). Starts whose windows hold a NaN are left out and
   * counted.
   */
  drawn(split: SplitName, count: number, ranges: readonly (readonly [number, number])[]): void;
  /** Adds a remark that is shown beside numbers made from this store. */
  note(text: string): void;
  /** Adds to a counter of the conversion. */
  count(name: string, amount?: number): void;
}

/** How items become rows. */
export interface JobSteps<Item, Input, Result> {
  readonly writer: StoreWriter;
  /** Jobs that are under way at once. */
  readonly depth: number;
  /** What an item is: with the same raw files the same name, so that a mix-up is noticed. */
  key(item: Item): string;
  /** Reads what the job needs; done before the next item is asked for. */
  read(item: Item): Input | Promise<Input>;
  /** The job; several run at once. */
  run(input: Input, item: Item): Promise<Result>;
  /** Appends the rows of a result; done in the order of the items. */
  append(result: Result, item: Item): Promise<unknown>;
}

/** An item and the rows that it became. */
export interface AppendedItem<Item> extends JobRows {
  readonly item: Item;
}

/**
 * Reads items, runs a job on each and appends its rows. Items whose rows an interrupted run has
 * left in the store are neither read nor run: they come out with these rows.
 */
export async function* appendJobs<Item, Input, Result>(
  items: AsyncIterable<Item>,
  { writer, depth, key, read, run, append }: JobSteps<Item, Input, Result>,
): AsyncGenerator<AppendedItem<Item>> {
  const loaded = async function* () {
    let kept = writer.keptJobs;
    for await (const item of items) {
      yield kept-- > 0 ? { item } : { item, input: await read(item) };
    }
  };
  const done = mapOrdered(loaded(), depth, async ({ item, input }) => ({
    item,
    result: input === undefined ? undefined : await run(input, item),
  }));
  for await (const { item, result } of done) {
    // A job without a result is a kept one, of which nothing is to be appended.
    yield { item, ...await writer.job(key(item), () => append(result!, item)) };
  }
}

/** Lists every part; an empty one is left out, with a warning and a note. */
export function listParts(
  parts: Readonly<Partial<Record<SplitName, ArrayLike<number>>>>,
  listener: { warn(message: string): void },
  writer: Pick<StoreWriter, "list" | "note">,
): void {
  for (const [name, rows] of Object.entries(parts) as [SplitName, ArrayLike<number>][]) {
    if (rows.length > 0) {
      writer.list(name, rows);
      continue;
    }
    const text = `The split "${name}" is left out: there are too few rows for one of it`;
    listener.warn(text);
    writer.note(text);
  }
}
