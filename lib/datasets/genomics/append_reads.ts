/**
 * Stores the tables of the genomics data sets and orders their reads as the references do.
 *
 * @module
 */

import type { Chunks } from "../../formats/bytes/mod.ts";
import { checkAllFound, findRaw, formsOf, namedEntries } from "../../raw/mod.ts";
import { sampledRows, tfdsOrder, tfdsShards } from "../../reference/mod.ts";
import type { StoreWriter } from "../../store/mod.ts";
import type { RawFile, TokenizeContext } from "../dataset.ts";
import { readGenomicTable } from "./reads.ts";

/** One table of the archive. */
export interface GenomicTable {
  /** Name of the file. */
  readonly file: string;
  /** Name of the split in TensorFlow Datasets. */
  readonly split: string;
  readonly genera: readonly string[];
  /** Label id of the first genus. */
  readonly firstId: number;
  /** Rows of the official file. */
  readonly officialRows: number;
}

const archive = "genomics_ood.zip";
const folder = "genomics_ood";

/** The archive that holds all tables. */
export const genomicsArchive: RawFile = {
  path: archive,
  url: "https://storage.googleapis.com/tfds-data/downloads/genomics_ood/genomics_ood.zip",
  alternatives: [folder],
};

/**
 * Appends tables in the order of the archive.
 *
 * @returns By file, the rows of the store in the order of TensorFlow Datasets, shuffled by
 * `RandomState(42)`.
 */
export async function appendGenomicTables(
  id: string,
  tables: readonly GenomicTable[],
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<ReadonlyMap<string, Uint32Array<ArrayBuffer>>> {
  const files = tables.map(({ file }) => file);
  const found = await findRaw(id, context.raw, formsOf({ ...genomicsArchive }, folder, files));
  const orders = new Map<string, Uint32Array<ArrayBuffer>>();
  for await (const { name, path, chunks } of namedEntries(found, files)) {
    const table = tables.find(({ file }) => file === name)!;
    orders.set(name, await appendTable(table, { path, chunks: chunks() }, context, writer));
  }
  checkAllFound(id, found, files, orders);
  return orders;
}

async function appendTable(
  table: GenomicTable,
  { path, chunks }: { readonly path: string; readonly chunks: Chunks },
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<Uint32Array<ArrayBuffer>> {
  const { file, split, officialRows } = table;
  let first = 0;
  let rows = 0;
  let bytes = 0;
  const reads = readGenomicTable(chunks, { ...table, name: path, warn: context.warn });
  for await (const { bases, label, recordBytes } of reads) {
    const row = await writer.append([bases], label);
    if (rows === 0) first = row;
    rows++;
    bytes += recordBytes;
    if (rows % 1000 === 0) context.progress(rows, officialRows, `reads of ${split}`);
  }
  if (rows !== officialRows) {
    const text = `"${file}" holds ${rows} reads, the official file ${officialRows}`;
    context.warn(text);
    writer.note(text);
  }
  const shards = tfdsShards(rows, bytes);
  writer.note(
    `Reads of "${file}" in the order of TensorFlow Datasets (split ${split}, ${shards} shards), ` +
      "shuffled by RandomState(42)",
  );
  const order = sampledRows(tfdsOrder(rows, String, { split, shards }));
  for (let k = 0; k < rows; k++) order[k]! += first;
  return order;
}
