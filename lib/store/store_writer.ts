/**
 * What a data set sees of the token store while it writes one; `createStore` hands it out.
 *
 * @module
 */

import type { InputSpec, TaskSpec } from "../spec/mod.ts";
import type { Json } from "../util/mod.ts";
import type { SplitName, StoreDtype } from "../documents/mod.ts";

/** Elements of a row: one typed array per input, matching the declared columns. */
export type RowElements =
  | Uint8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>;

/** Element type and normalisation of one input; see the store format. */
export interface ColumnOptions {
  readonly dtype: StoreDtype;
  readonly scale?: number;
  readonly divisor?: number;
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

/** What a store holds; declared before the first row. */
export interface StoreDeclaration {
  readonly inputs: readonly InputSpec[];
  readonly task?: TaskSpec;
  readonly layout: "rows" | "windows";
  /** One entry an input. */
  readonly columns: readonly ColumnOptions[];
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
 * A run that goes on with the store of an interrupted one does all calls again in the same order. Rows
 * that are there already are passed over, jobs and results that are there are not worked out again.
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
   * @param inputs One typed array an input, copied before the call returns. In the `rows` layout every
   * float is finite; in the `windows` layout a NaN makes all windows over this row unusable.
   * @param label The row's label: a number, or an array for multi-label and per-token tasks; left out
   * for rows without one.
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
  appendRows(
    count: number,
    inputs: readonly RowElements[],
    labels?: RowElements,
  ): Promise<number>;
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
  /** Result of costly work that gives no rows, such as a mean; done only once, however often a run is
   * interrupted. */
  once<Result extends Json>(name: string, work: () => Promise<Result>): Promise<Result>;
  /**
   * Sub-ranges of the starts `first .. first + starts - 1` whose windows hold no NaN, for data sets
   * that draw a list of windows themselves. The rows must have been appended.
   */
  validStarts(first: number, starts: number): readonly (readonly [number, number])[];
  /**
   * Names a split by its samples: row indices, or start rows of windows, in reference order. Windows
   * that hold a NaN are left out and counted (`windows with missing values`).
   *
   * @param indices Must not be changed afterwards.
   */
  list(split: SplitName, indices: ArrayLike<number>): void;
  /**
   * Names a split whose epochs are drawn: `count` windows an epoch, each from a uniformly drawn range
   * (first start, number of starts). Starts whose windows hold a NaN are left out and counted.
   */
  drawn(split: SplitName, count: number, ranges: readonly (readonly [number, number])[]): void;
  /** Adds a remark that is shown beside numbers made from this store. */
  note(text: string): void;
  /** Adds to a counter of the conversion. */
  count(name: string, amount?: number): void;
}
