/**
 * Genomics: bacteria by reads of 250 bases, ten genera known before 2011, from the official tables.
 *
 * Pretraining takes the training table, transfer the validation table, which holds other reads of the
 * same genera. Reads of one genome lie on both sides of the cut.
 *
 * @module
 */

import { cutSplit } from "../reference/mod.ts";
import { listParts } from "../store/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import {
  appendGenomicTables,
  genomicsArchive,
  type GenomicTable,
} from "./genomics/append_reads.ts";
import { knownGenera } from "./genomics/genera.ts";
import { readLength } from "./genomics/reads.ts";

const id = "genomics";
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

const shape: DatasetShape = {
  inputs: [{ kind: "tokens", vocabulary: 4, length: readLength }],
  task: {
    kind: "single-label",
    classes: knownGenera.length,
    metric: "accuracy",
    classNames: [...knownGenera],
  },
  // As pretraining has it; the published linear evaluation takes 64.
  defaults: { batchSize: 32 },
};

/** Genomics: ten genera, for pretraining and transfer. */
export const genomics: Dataset = {
  id,
  title: "Genomics",
  domain: "genomics",
  role: "both",
  summary: "Reads of 250 bases from bacteria of ten genera.",
  licence: "CC BY 4.0 (as stated by third parties)",
  homepage: "https://www.tensorflow.org/datasets/catalog/genomics_ood",
  citation: "J. Ren, P. J. Liu, E. Fertig, J. Snoek, R. Poplin, M. DePristo, J. Dillon, B. " +
    "Lakshminarayanan. Likelihood ratios for out-of-distribution detection. NeurIPS (2019)",
  files: [genomicsArchive],
  variants: [
    { name: "metamae", difference: "tested on the last floor((1 - 0.9) n) reads" },
    { name: "dabs", difference: "the same reads and one more for testing: the last floor(0.1 n)" },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8" }] });
    const tables = [pretrainTable, transferTable];
    const orders = await appendGenomicTables(id, tables, context, writer);
    const protocol = context.variant === "dabs" ? "dabs" : "metamae";
    const pretrain = cutSplit(orders.get(pretrainTable.file)!, protocol);
    const transfer = cutSplit(orders.get(transferTable.file)!, protocol);
    listParts({ pretrain: pretrain.train, ...transfer }, context, writer);
  },
};
