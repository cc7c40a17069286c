/**
 * The small text files that come with images and recordings: lists and tables.
 *
 * @module
 */

import { parse } from "csv-parse/sync";
import { reasonOf, unreadable } from "../../util/mod.ts";

/** A text file, with the path that messages name. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Longest list: more than four times the largest official one. */
export const longestList = 2 ** 28;

/**
 * The lines of a text, each cut at its blanks into fields; empty lines are passed over.
 *
 * @param count Fields of a line. The last one takes the rest of the line, blanks included.
 * @throws {DataError} If a line has fewer; the message names it.
 */
export function readFields(
  { path, text }: TextFile,
  count: number,
): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const fields = line.trim().split(/[ \t]+/);
    if (fields.length < count) {
      throw unreadable(path, `line ${i + 1} has ${fields.length} fields, ${count} are wanted`);
    }
    rows.push([...fields.slice(0, count - 1), fields.slice(count - 1).join(" ")]);
  }
  if (rows.length === 0) throw unreadable(path, "it has no lines");
  return rows;
}

/**
 * A whole number of a text file.
 *
 * @throws {DataError} If the text is none in the range.
 */
export function readInteger(
  text: string,
  { path, first, last }: { readonly path: string; readonly first: number; readonly last: number },
): number {
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && value >= first && value <= last) return value;
  throw unreadable(
    path,
    `it holds ${JSON.stringify(text)} where an integer in ${first}..${last} is wanted`,
  );
}

/**
 * The rows of a table of comma-separated values, each as the values of the named columns.
 *
 * @param columns Names of columns of the first line.
 * @param lacking What the message says if one is missing; it names the column if left out.
 * @throws {DataError} If a column is missing, or a row is damaged.
 */
export function readColumns(
  { path, text }: TextFile,
  columns: readonly string[],
  lacking?: string,
): readonly (readonly string[])[] {
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw unreadable(path, `${reasonOf(error)}`, error);
  }
  const [header = [], ...body] = rows;
  const at = columns.map((name) => {
    const column = header.indexOf(name);
    if (column >= 0) return column;
    const what = lacking ?? `no column "${name}"`;
    throw unreadable(path, `its first line has ${what}`);
  });
  return body.map((row) => at.map((column) => row[column]!));
}
