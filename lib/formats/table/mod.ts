/**
 * Tables: parquet and separated values.
 *
 * @module
 */

export { type FloatRows, parseFloatRows, readFloatRows } from "./float_rows.ts";
export { readParquet } from "./parquet.ts";
export { readSeparatedRows, type SeparatedRow } from "./separated_rows.ts";
