/**
 * The columns of a pickled pandas data frame, of all versions since 0.14.
 *
 * Source: the methods `__reduce__`, `__getstate__` and `__setstate__` of pandas' block manager.
 *
 * @module
 */

import { unreadable } from "../../util/mod.ts";
import type { PickleGlobal } from "./pickle_globals.ts";
import { withPickleState } from "./pickle_globals.ts";

/** A pandas object while its pickle is read: its class and what it was made of. */
interface PandasObject {
  readonly pandas: string;
  args: readonly unknown[];
  state?: unknown;
}

/** A column: NumPy numbers, or any objects. */
export interface FrameColumn {
  readonly length: number;
  /** The value of a row. */
  at(row: number): unknown;
}

const object = (pandas: string): PickleGlobal => (...args) => {
  const made: PandasObject = { pandas, args };
  return withPickleState(made, (state) => {
    made.state = state;
  });
};

const names: Readonly<Record<string, readonly string[]>> = {
  DataFrame: ["pandas.core.frame.DataFrame", "pandas.DataFrame"],
  BlockManager: [
    "pandas.core.internals.BlockManager",
    "pandas.core.internals.managers.BlockManager",
    "pandas._libs.internals.BlockManager",
  ],
  Block: ["pandas._libs.internals._unpickle_block"],
  NewIndex: ["core.indexes.base", "indexes.base", "core.index"].map((module) =>
    `pandas.${module}._new_Index`
  ),
  Index: [
    "core.indexes.base.Index",
    "indexes.base.Index",
    "core.index.Index",
    "Index",
    "core.indexes.range.RangeIndex",
    "indexes.range.RangeIndex",
    "RangeIndex",
    "core.indexes.numeric.Int64Index",
    "indexes.numeric.Int64Index",
    "core.index.Int64Index",
  ].map((name) => `pandas.${name}`),
  Slice: ["builtins.slice", "__builtin__.slice"],
};

/**
 * The callables that a pickled frame names, for `readPickle`. They build data and do nothing else.
 */
export const pandasGlobals: ReadonlyMap<string, PickleGlobal> = new Map(
  Object.entries(names).flatMap(([pandas, all]) => all.map((name) => [name, object(pandas)])),
);

/**
 * A column of a frame.
 *
 * @param frame What `readPickle` gave.
 * @param column Name of the column.
 * @param name Name of the file, for messages.
 * @throws {DataError} If it is no frame, or has no such column.
 */
export function frameColumn(frame: unknown, column: string, name: string): FrameColumn {
  const fail = (what: string) => unreadable(name, what);
  const manager = managerOf(frame);
  if (manager === undefined) throw fail("it holds no data frame of pandas");
  const titles = titlesOf(manager.axes[0]);
  const position = titles.indexOf(column);
  if (position < 0) {
    throw fail(
      `it has no column "${column}", but ${titles.map((title) => `"${title}"`).join(", ")}`,
    );
  }
  for (const { values, places } of manager.blocks) {
    const row = places.indexOf(position);
    if (row < 0) continue;
    const array = values as { readonly shape?: unknown; readonly data?: unknown };
    const [, length] = Array.isArray(array.shape) ? array.shape as number[] : [];
    if (length === undefined || !hasItems(array.data)) {
      throw fail(`the column "${column}" is of a kind that is not read`);
    }
    const { data } = array;
    return { length, at: (i) => data[row * length + i] };
  }
  throw fail(`the column "${column}" has no values`);
}

function hasItems(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

interface Manager {
  /** Columns, then rows. */
  readonly axes: readonly unknown[];
  readonly blocks: readonly { readonly values: unknown; readonly places: readonly number[] }[];
}

function managerOf(frame: unknown): Manager | undefined {
  if (!isPandas(frame, "DataFrame") || !(frame.state instanceof Map)) return undefined;
  const manager = frame.state.get("_mgr") ?? frame.state.get("_data");
  if (!isPandas(manager, "BlockManager")) return undefined;
  // Since 1.3 a manager is called with its blocks and axes; before, its state held them.
  const [blocks, axes] = manager.args;
  if (Array.isArray(blocks) && Array.isArray(axes)) {
    return {
      axes,
      blocks: blocks.map((block) => {
        const [values, places] = isPandas(block, "Block") ? block.args : [];
        return { values, places: placesOf(places) };
      }),
    };
  }
  const versions = Array.isArray(manager.state) ? manager.state[3] : undefined;
  const state = versions instanceof Map ? versions.get("0.14.1") : undefined;
  if (!(state instanceof Map)) return undefined;
  return {
    axes: itemsOf(state.get("axes")),
    blocks: itemsOf(state.get("blocks")).map((block) => {
      const fields = block instanceof Map ? block : new Map();
      return { values: fields.get("values"), places: placesOf(fields.get("mgr_locs")) };
    }),
  };
}

function isPandas(value: unknown, pandas: string): value is PandasObject {
  return typeof value === "object" && value !== null && "pandas" in value &&
    value.pandas === pandas;
}

const itemsOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];

/** Names of an index of objects. */
function titlesOf(index: unknown): readonly unknown[] {
  const [, fields] = isPandas(index, "NewIndex") ? index.args : [];
  const data = fields instanceof Map ? fields.get("data") : undefined;
  return itemsOf(data?.data);
}

/** Positions of the columns of a block: a slice, or an array. */
function placesOf(places: unknown): readonly number[] {
  if (isPandas(places, "Slice")) {
    const [start, stop, step] = places.args.map(Number) as [number, number, number];
    const count = Math.max(0, Math.ceil((stop - start) / (step || 1)));
    return Array.from({ length: Math.min(count, 10_000) }, (_, i) => start + i * (step || 1));
  }
  const data = (places as { readonly data?: unknown } | undefined)?.data;
  return hasItems(data) ? Array.from(data, Number) : [];
}
