/**
 * Genomics-OOD: bacteria by reads of 250 bases, sixty genera discovered from 2011 to 2016, from the
 * official table.
 *
 * @module
 */

import { cutSplit } from "../reference/mod.ts";
import { listParts } from "../store/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import { genomics } from "./genomics.ts";
import {
  appendGenomicTables,
  genomicsArchive,
  type GenomicTable,
} from "./genomics/append_reads.ts";
import { knownGenera, newGenera } from "./genomics/genera.ts";
import { readLength } from "./genomics/reads.ts";

const id = "genomics-ood";
const table: GenomicTable = {
  file: "between_2011-2016_ood_val.txt",
  split: "validation_ood",
  genera: newGenera,
  firstId: knownGenera.length,
  officialRows: 600_000,
};

const shape: DatasetShape = {
  inputs: [{ kind: "tokens", vocabulary: 4, length: readLength }],
  task: {
    kind: "single-label",
    classes: newGenera.length,
    metric: "accuracy",
    classNames: [...newGenera],
  },
  defaults: { batchSize: 32 },
};

/** Genomics-OOD: sixty other genera, for transfer. */
export const genomicsOod: Dataset = {
  ...genomics,
  id,
  title: "Genomics-OOD",
  role: "transfer",
  summary: "Reads of 250 bases from bacteria of sixty genera that Genomics does not have.",
  files: [genomicsArchive],

  shape: () => shape,

  async tokenize(context, writer) {
    writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8" }] });
    const orders = await appendGenomicTables(id, [table], context, writer);
    const protocol = context.variant === "dabs" ? "dabs" : "metamae";
    listParts({ ...cutSplit(orders.get(table.file)!, protocol) }, context, writer);
  },
};
