/**
 * Reads columns of Parquet files, row group by row group.
 *
 * The package `hyparquet` parses them. It neither bounds what a page unpacks to nor names the file
 * in its errors, so both is done here.
 *
 * @module
 */

import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ByteSource } from "../bytes/mod.ts";
import { AppError, DataError, reasonOf, unreadable } from "../../util/mod.ts";

/** Unpacked bytes of a page that are always allowed, and how many more for each packed byte. */
const page = { free: 2 ** 26, ratio: 1000 };
/** Most rows and unpacked bytes of a row group: many times what the official files have. */
const group = { rows: 2 ** 24, bytes: 2 ** 30 };

/** A row: values of the wanted columns. */
export type ParquetRow = readonly unknown[];

/** Options of {@linkcode readParquet}. */
export interface ParquetOptions {
  /** Names of the wanted columns. */
  readonly columns: readonly string[];
}

/**
 * Reads the rows of a Parquet file; memory holds one row group at a time. Whole numbers of 64 bits
 * come as `bigint`, missing values as `null` or `undefined`.
 *
 * @throws {DataError} If it is no Parquet file, is damaged or cut off, or lacks a column.
 */
export async function* readParquet(
  source: ByteSource,
  { columns }: ParquetOptions,
): AsyncGenerator<ParquetRow> {
  const { name, size } = source;
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => (await source.read(start, end - start)).buffer,
  };
  const metadata = await openMetadata(source, file);
  const names = new Set(metadata.schema.map(({ name }) => name));
  const missing = columns.filter((column) => !names.has(column));
  if (missing.length > 0) {
    const list = missing.map((column) => `"${column}"`).join(", ");
    throw unreadable(name, `it lacks the column ${list}`);
  }
  let rowStart = 0;
  for (
    const [index, { num_rows: count, total_byte_size: bytes }] of metadata.row_groups.entries()
  ) {
    if (count > group.rows || bytes > group.bytes) {
      throw unreadable(
        name,
        `row group ${index} has ${count} rows in ${bytes} bytes, ` +
          `at most ${group.rows} in ${group.bytes} are read`,
      );
    }
    const rowEnd = rowStart + Number(count);
    let rows: ParquetRow[] = [];
    await explain(`Cannot read "${name}": row group ${index} is damaged`, () =>
      parquetRead({
        file,
        metadata,
        columns: [...columns],
        rowStart,
        rowEnd,
        compressors: boundedCompressors,
        rowFormat: "array",
        onComplete: (found) => void (rows = found),
      }));
    if (rows.length !== rowEnd - rowStart) {
      throw unreadable(
        name,
        `row group ${index} has ${rows.length} rows, ` +
          `the footer promises ${rowEnd - rowStart}`,
      );
    }
    yield* rows;
    rowStart = rowEnd;
  }
}

async function openMetadata(source: ByteSource, file: AsyncBuffer): Promise<FileMetaData> {
  const { name, size } = source;
  const mark = size < 12 ? "" : String.fromCharCode(...await source.read(0, 4));
  if (mark !== "PAR1") throw unreadable(name, "it is no Parquet file");
  return await explain(
    `Cannot read "${name}": its footer is damaged or cut off`,
    () => parquetMetadataAsync(file),
  );
}

/** The package's decompressors, each with a bound on what a page may promise to unpack to. */
const boundedCompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength > page.free + page.ratio * input.length) {
        throw new RangeError(`${input.length} bytes are said to unpack to ${outputLength}`);
      }
      const output = decompress(input, outputLength);
      if (output.length === outputLength) return output;
      throw new RangeError(`a page unpacks to ${output.length} bytes instead of ${outputLength}`);
    },
  ]),
);

/** Errors of the package are of many kinds; all of them mean that the file is bad. */
async function explain<T>(message: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = reasonOf(error);
    throw new DataError(`${message} (${reason})`, { cause: error });
  }
}
