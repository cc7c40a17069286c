/**
 * Streams the rows of a CSV file, plain or gzipped.
 *
 * @module
 */

import { Readable } from "node:stream";
import { parse } from "csv-parse/";
import type { Chunks } from "../../formats/byte_source.ts";
import { unpackedChunks } from "../../formats/gzip.ts";
import { AppError, DataError } from "../../util/errors.ts";

/** One row. */
export interface CsvRow {
  /** Its last line, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What separates fields. */
export const separators = { comma: ",", semicolon: ";", tab: "\t" } as const;

/** How a file is read. */
export interface CsvOptions {
  /** Name for messages. */
  readonly name: string;
  readonly separator: keyof typeof separators;
}

/** Longest row in bytes: bounds what an open quote can swallow. */
const longestRow = 2 ** 24;

/**
 * Reads the rows of a file; empty lines are passed over, a byte order mark too.
 *
 * @throws {DataError} If a row has another number of fields than the first, or a quote is wrong.
 */
export async function* readCsvRows(
  chunks: Chunks,
  { name, separator }: CsvOptions,
): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter: separators[separator],
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  const rows = Readable.from(unpackedChunks(chunks, { name })).on(
    "error",
    (error) => parser.destroy(error),
  ).pipe(parser);
  try {
    for await (const { info, record } of rows) yield { line: info.lines, fields: record };
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error) || !("code" in error)) throw error;
    if (!String(error.code).startsWith("CSV_")) throw error;
    throw new DataError(`Cannot read "${name}": ${error.message}`, { cause: error });
  }
}
