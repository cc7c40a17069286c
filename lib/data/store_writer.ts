/**
 * Writes a token store, complete or not at all.
 *
 * @module
 */

import type { InputSpec } from "../spec/input.ts";
import type { TaskSpec } from "../spec/task.ts";
import type { SplitName } from "./store_format.ts";

/** Elements of a row: one typed array per input, matching the declared columns. */
export type RowElements =
  | Uint8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>;

/** Element type and normalisation of one input; see the store format. */
export interface ColumnOptions {
  readonly dtype: "uint8" | "uint16" | "int16" | "int32" | "float32";
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

/** Receives rows and splits of one data set. */
export interface StoreWriter {
  /** Declares the contents; must be called once, first. */
  declare(declaration: StoreDeclaration): void;
  /**
   * Appends one row (`rows` layout: a sample; `windows` layout: one time step).
   *
   * @param inputs One typed array an input, copied before the call returns.
   * @param label The row's label: a number, or an array for multi-label and per-token tasks.
   * @returns The index of the row.
   */
  append(inputs: readonly RowElements[], label?: number | ArrayLike<number>): Promise<number>;
  /** Names a split by its samples: row indices, or start rows of windows, in reference order. */
  list(split: SplitName, indices: ArrayLike<number>): void;
  /** Names a split whose epochs are drawn: `count` windows from ranges (first start, starts). */
  drawn(split: SplitName, count: number, ranges: readonly (readonly [number, number])[]): void;
  /** Adds a remark that is shown beside numbers made from this store. */
  note(text: string): void;
  /** Adds to a counter of the conversion. */
  count(name: string, amount?: number): void;
}
