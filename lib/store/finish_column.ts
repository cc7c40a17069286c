/**
 * The last step of writing one input of a store.
 *
 * @module
 */

import type { StoreColumn } from "../documents/mod.ts";
import type { ColumnOptions } from "./store_writer.ts";
import type { TableWriter } from "./table_writer.ts";

/** Writes what is left of an input's rows and describes them with their normalisation. */
export async function finishColumn(
  table: TableWriter,
  { scale, divisor, mean, deviation }: ColumnOptions,
): Promise<StoreColumn> {
  return {
    ...await table.finish(),
    ...(scale === undefined ? {} : { scale }),
    ...(divisor === undefined ? {} : { divisor }),
    ...(mean === undefined ? {} : { mean: [...mean] }),
    ...(deviation === undefined ? {} : { deviation: [...deviation] }),
  };
}
