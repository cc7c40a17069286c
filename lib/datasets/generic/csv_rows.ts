/**
 * Streams the rows of a CSV file, plain or gzipped.
 *
 * @module
 */

import { Readable } from "node:stream";
import { parse } from "csv-parse/";
import { unpackedChunks } from "../../formats/archive/mod.ts";
import type { Chunks } from "../../formats/bytes/mod.ts";
import { readLineBlocks } from "../../formats/text/mod.ts";
import { AppError, DataError } from "../../util/mod.ts";

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

const quote = 0x22;

/**
 * Reads the rows of a file; empty lines are passed over, a byte order mark too.
 *
 * Lines are simply cut up to the first quote in the file; from there on a parser reads it.
 *
 * @throws {DataError} If a row has another number of fields than the first, or a quote is wrong.
 */

export async function* readCsvRows(
  chunks: Chunks,
  { name, separator }: CsvOptions,
): AsyncGenerator<CsvRow> {
  const delimiter = separators[separator];
  const blocks = readLineBlocks(unpackedChunks(chunks, { name }), {
    name,
    longestLine: longestRow,
  });
  let width: number | undefined;
  const checked = (row: CsvRow): CsvRow => {
    width ??= row.fields.length;
    if (row.fields.length === width) return row;
    throw new DataError(
      `Cannot read "${name}": line ${row.line} has ${row.fields.length} columns, ${width} are wanted`,
    );
  };
  const decoder = new TextDecoder();
  for await (const { bytes, firstLine } of blocks) {
    if (bytes.includes(quote)) {
      const rest = async function* () {
        yield bytes;
        for await (const block of blocks) yield block.bytes;
      };
      for await (const { line, fields } of quotedRows(rest(), name, delimiter)) {
        yield checked({ line: line + firstLine - 1, fields });
      }
      return;
    }
    const lines = decoder.decode(bytes).split("\n");
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.endsWith("\r") ? lines[i]!.slice(0, -1) : lines[i]!;
      if (text !== "") yield checked({ line: firstLine + i, fields: text.split(delimiter) });
    }
  }
}

async function* quotedRows(
  chunks: Chunks,
  name: string,
  delimiter: string,
): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: longestRow,
  });
  const rows = Readable.from(chunks).on("error", (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { info, record } of rows) yield { line: info.lines, fields: record };
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error) || !("code" in error)) throw error;
    if (!String(error.code).startsWith("CSV_")) throw error;
    throw new DataError(`Cannot read "${name}": ${error.message}`, { cause: error });
  }
}
