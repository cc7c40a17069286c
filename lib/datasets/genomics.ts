/**
 * Genomics: bacteria by reads of 250 bases, from the official tables.
 *
 * Genomics has ten genera known before 2011. Pretraining takes the training table, transfer the
 * validation table, which holds other reads of the same genera. Reads of one genome lie on both
 * sides of the cut. Genomics-OOD has sixty genera discovered from 2011 to 2016, for transfer alone.
 *
 * @module
 */

import type { Chunks } from "../formats/bytes/mod.ts";
import { readLineBlocks } from "../formats/text/mod.ts";
import { checkAllFound, namedEntries, type NamedEntry } from "../raw/mod.ts";
import { cutSplit, sampledRows, tfdsOrder, tfdsRecordBytes, tfdsShards } from "../reference/mod.ts";
import { listParts } from "../store/mod.ts";
import { DataError, unreadable } from "../util/mod.ts";
import {
  type Conversion,
  type CutDataset,
  cutVariants,
  singleLabel,
} from "./conversion/dataset.ts";

/** Bases of a read. */
const readLength = 250;

/**
 * The ten genera that were known before 2011, in the order of the labels of TensorFlow Datasets.
 */
// deno-fmt-ignore
export const knownGenera: readonly string[] = [
  "Bacillus", "Burkholderia", "Clostridium", "Escherichia", "Mycobacterium", "Pseudomonas",
  "Salmonella", "Staphylococcus", "Streptococcus", "Yersinia",
];

/** The sixty genera that were discovered from 2011 to 2016. */
// deno-fmt-ignore
export const newGenera: readonly string[] = [
  "Actinoplanes", "Advenella", "Alicycliphilus", "Altererythrobacter", "Anabaena", "Archangium",
  "Bibersteinia", "Blastochloris", "Calothrix", "Carnobacterium", "Cedecea", "Cellulophaga",
  "Chondromyces", "Chryseobacterium", "Collimonas", "Corallococcus", "Cyclobacterium",
  "Dehalobacter", "Desulfosporosinus", "Devosia", "Dyella", "Elizabethkingia", "Glaciecola",
  "Granulicella", "Haliscomenobacter", "Hymenobacter", "Kibdelosporangium", "Kutzneria",
  "Labilithrix", "Leptolyngbya", "Leptospirillum", "Lysobacter", "Mannheimia", "Massilia",
  "Methanobacterium", "Microbacterium", "Myroides", "Neorhizobium", "Niastella", "Oblitimonas",
  "Octadecabacter", "Oscillatoria", "Pandoraea", "Pelosinus", "Phaeobacter", "Piscirickettsia",
  "Planococcus", "Pseudonocardia", "Pseudoxanthomonas", "Rahnella", "Raoultella", "Rufibacter",
  "Saccharothrix", "Sandaracinus", "Singulisphaera", "Sphaerochaeta", "Sphingobacterium",
  "Spiroplasma", "Tannerella", "Terriglobus",
];

/** One table of the archive. */
interface GenomicTable {
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

const archive = {
  path: "genomics_ood.zip",
  url: "https://storage.googleapis.com/tfds-data/downloads/genomics_ood/genomics_ood.zip",
  alternatives: ["genomics_ood"],
};

const pretrainTable: GenomicTable = {
  file: "before_2011_in_tr.txt",
  split: "train",
  genera: knownGenera,
  firstId: 0,
  officialRows: 1_000_000,
};
const transferTable: GenomicTable = {
  file: "between_2011-2016_in_val.txt",
  split: "validation",
  genera: knownGenera,
  firstId: 0,
  officialRows: 100_000,
};
const newTable: GenomicTable = {
  file: "between_2011-2016_ood_val.txt",
  split: "validation_ood",
  genera: newGenera,
  firstId: knownGenera.length,
  officialRows: 600_000,
};

/** Genomics: ten genera, for pretraining and transfer. */
export const genomics: CutDataset = genomicDataset({
  id: "genomics",
  title: "Genomics",
  role: "both",
  summary: "Reads of 250 bases from bacteria of ten genera.",
  pretrain: pretrainTable,
  transfer: transferTable,
});

/** Genomics-OOD: sixty other genera, for transfer. */
export const genomicsOod: CutDataset = genomicDataset({
  id: "genomics-ood",
  title: "Genomics-OOD",
  role: "transfer",
  summary: "Reads of 250 bases from bacteria of sixty genera that Genomics does not have.",
  transfer: newTable,
});

/** What is different between the two. */
interface GenomicDataset extends Pick<CutDataset, "id" | "title" | "role" | "summary"> {
  readonly pretrain?: GenomicTable;
  readonly transfer: GenomicTable;
}

function genomicDataset({ pretrain, transfer, ...facts }: GenomicDataset): CutDataset {
  return {
    ...facts,
    domain: "genomics",
    licence: "CC BY 4.0 (as stated by third parties)",
    homepage: "https://www.tensorflow.org/datasets/catalog/genomics_ood",
    citation: "J. Ren, P. J. Liu, E. Fertig, J. Snoek, R. Poplin, M. DePristo, J. Dillon, B. " +
      "Lakshminarayanan. Likelihood ratios for out-of-distribution detection. NeurIPS (2019)",
    files: [archive],
    variants: cutVariants({
      inputs: [{ kind: "tokens", vocabulary: 4, length: readLength }],
      task: singleLabel(transfer.genera),
      // As pretraining has it; the published linear evaluation takes 64.
      defaults: { batchSize: 32 },
    }, {
      metamae: "tested on the last floor((1 - 0.9) n) reads",
      dabs: "the same reads and one more for testing: the last floor(0.1 n)",
    }),
    async convert(run) {
      run.declare([{ dtype: "uint8" }]);
      const tables = pretrain === undefined ? [transfer] : [pretrain, transfer];
      const orders = await appendTables(tables, run);
      const cut = ({ file }: GenomicTable) => cutSplit(orders.get(file)!, run.variant.protocol);
      listParts(
        { ...(pretrain === undefined ? {} : { pretrain: cut(pretrain).train }), ...cut(transfer) },
        run,
        run.writer,
      );
    },
  };
}

/**
 * Appends tables in the order of the archive.
 *
 * @returns By file, the rows of the store in the order of TensorFlow Datasets, shuffled by
 * `RandomState(42)`.
 */
async function appendTables(
  tables: readonly GenomicTable[],
  run: Conversion,
): Promise<ReadonlyMap<string, Uint32Array<ArrayBuffer>>> {
  const files = tables.map(({ file }) => file);
  const found = await run.locate({ ...archive, alternatives: [...archive.alternatives, ...files] });
  const orders = new Map<string, Uint32Array<ArrayBuffer>>();
  for await (const entry of namedEntries(found, files)) {
    const table = tables.find(({ file }) => file === entry.name)!;
    orders.set(entry.name, await appendTable(table, entry, run));
  }
  checkAllFound(run.id, found, files, orders);
  return orders;
}

async function appendTable(
  table: GenomicTable,
  { path, chunks }: NamedEntry,
  { writer, warn, progress, expect }: Conversion,
): Promise<Uint32Array<ArrayBuffer>> {
  const { file, split, officialRows } = table;
  let first = 0;
  let rows = 0;
  let bytes = 0;
  const reads = readGenomicTable(chunks(), { ...table, name: path, warn });
  for await (const { bases, label, recordBytes } of reads) {
    const row = await writer.append([bases], label);
    if (rows === 0) first = row;
    rows++;
    bytes += recordBytes;
    if (rows % 1000 === 0) progress(rows, officialRows, `reads of ${split}`);
  }
  expect(
    rows,
    officialRows,
    `"${file}" holds ${rows} reads, the official file ${officialRows}`,
  );
  const shards = tfdsShards(rows, bytes);
  writer.note(
    `Reads of "${file}" in the order of TensorFlow Datasets (split ${split}, ${shards} shards), ` +
      "shuffled by RandomState(42)",
  );
  const order = sampledRows(tfdsOrder(rows, String, { split, shards }));
  for (let k = 0; k < rows; k++) order[k]! += first;
  return order;
}

/** Ids of the bases A, C, G, T by their letters. */
const unknown = 255;
const baseIds = new Uint8Array(256).fill(unknown);
for (const [id, base] of [..."ACGT"].entries()) baseIds[base.charCodeAt(0)] = id;

const columnNames = ["seq", "label", "seq_info", "domain"] as const;

/** One read. */
interface GenomicRead {
  /** A 0, C 1, G 2, T 3. */
  readonly bases: Uint8Array<ArrayBuffer>;
  /** Class of the genus. */
  readonly label: number;
  /** Bytes of its record in TensorFlow Datasets. */
  readonly recordBytes: number;
}

/** What a table holds. */
interface ReadTableOptions {
  /** Name for messages. */
  readonly name: string;
  /** Genera in the order of the classes. */
  readonly genera: readonly string[];
  /** Label id of the first genus, for tables that hold ids instead of names. */
  readonly firstId: number;
  readonly warn: (message: string) => void;
}

/**
 * Streams the reads of a table, which are separated by tabs under a line of column names.
 *
 * @throws {DataError} If a column is missing, a read has not 250 bases of A, C, G, T, or its genus
 * is not one of the table's; the message has the line.
 */
export async function* readGenomicTable(
  chunks: Chunks,
  options: ReadTableOptions,
): AsyncGenerator<GenomicRead> {
  const { name, genera, firstId, warn } = options;
  const blocks = readLineBlocks(chunks, {
    name,
    onOpenEnd: () => warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  const labels = new Map(genera.flatMap((genus, i) => [[genus, i], [String(firstId + i), i]]));
  // One character a byte, so that the bytes of a cell can be counted.
  const decoder = new TextDecoder("latin1");
  let columns: Columns | undefined;
  for await (const { bytes, firstLine } of blocks) {
    for (const [i, text] of decoder.decode(bytes).split(/\r?\n/).entries()) {
      if (text === "") continue;
      const cells = text.split("\t");
      if (columns === undefined) columns = findColumns(cells, name);
      else yield parseRead(cells, columns, labels, `Cannot read "${name}": line ${firstLine + i}`);
    }
  }
  if (columns === undefined) throw unreadable(name, "it is empty");
}

/** Positions of the columns, and how many there are in all. */
type Columns = Readonly<Record<typeof columnNames[number], number>> & { readonly count: number };

function findColumns(cells: readonly string[], name: string): Columns {
  const [seq, label, info, domain] = columnNames.map((column) => cells.indexOf(column));
  const missing = columnNames.filter((column) => !cells.includes(column));
  if (missing.length === 0) {
    return { seq: seq!, label: label!, seq_info: info!, domain: domain!, count: cells.length };
  }
  throw unreadable(
    name,
    "its first line names no column " +
      missing.map((column) => `"${column}"`).join(", "),
  );
}

function parseRead(
  cells: readonly string[],
  columns: Columns,
  labels: ReadonlyMap<string, number>,
  place: string,
): GenomicRead {
  const fail = (what: string) => new DataError(`${place} ${what}`);
  if (cells.length !== columns.count) {
    throw fail(`has ${cells.length} columns, ${columns.count} are wanted`);
  }
  const read = cells[columns.seq]!;
  if (read.length !== readLength) {
    throw fail(`has a read of ${read.length} bases, ${readLength} are wanted`);
  }
  const bases = new Uint8Array(readLength);
  for (let i = 0; i < readLength; i++) {
    const id = baseIds[read.charCodeAt(i)] ?? unknown;
    if (id === unknown) {
      throw fail(`has ${JSON.stringify(read[i])} as base ${i + 1}, A, C, G or T is wanted`);
    }
    bases[i] = id;
  }
  const genus = cells[columns.label]!;
  const label = labels.get(genus);
  if (label === undefined) {
    throw fail(`has the label ${JSON.stringify(genus)}, which is no genus of this table`);
  }
  const recordBytes = tfdsRecordBytes({
    seq: { textBytes: readLength },
    seq_info: { textBytes: cells[columns.seq_info]!.length },
    domain: { textBytes: cells[columns.domain]!.length },
    label: "small integer",
  });
  return { bases, label, recordBytes };
}
