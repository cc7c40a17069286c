/**
 * Reads tab-separated tables without quoting, as Python's `csv` reads them with `QUOTE_NONE`: a
 * quote is a character like any other, empty lines are passed over.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { readTextLines } from "../text/mod.ts";
import { unreadable } from "../../util/mod.ts";

/** One row of a table. */
export interface SeparatedRow {
  /** Values of the wanted columns; undefined where the row ends before. */
  readonly values: readonly (string | undefined)[];
  /** Number of its line, counted from 1. */
  readonly line: number;
}

/** Options of {@linkcode readSeparatedRows}. */
export interface SeparatedRowOptions {
  /** Name for messages. */
  readonly name: string;
  /** Wanted columns: names in the first line, or positions in a table without names. */
  readonly columns: readonly (string | number)[];
}

/**
 * Reads the wanted columns of a table.
 *
 * @throws {DataError} If the first line lacks a column, or the text is not valid UTF-8.
 */
export async function* readSeparatedRows(
  chunks: Chunks,
  { name, columns }: SeparatedRowOptions,
): AsyncGenerator<SeparatedRow> {
  const named = columns.some((column) => typeof column === "string");
  let positions: readonly number[] | undefined = named ? undefined : columns as number[];
  for await (const { text, number } of readTextLines(chunks, { name })) {
    if (text === "") continue;
    const cells = text.split("\t");
    if (positions === undefined) {
      positions = columns.map((column) => cells.lastIndexOf(String(column)));
      const missing = columns.filter((_, i) => positions![i]! < 0);
      if (missing.length === 0) continue;
      throw unreadable(
        name,
        `line ${number} lacks the column ` +
          missing.map((column) => `"${column}"`).join(", "),
      );
    }
    yield { values: positions.map((at) => cells[at]), line: number };
  }
  if (positions === undefined) throw unreadable(name, "it is empty");
}
