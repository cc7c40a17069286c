/**
 * Fluorescence: how bright a mutant of a green fluorescent protein is (TAPE's `fluorescence`).
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { realLabel } from "./proteins/labels.ts";
import { tapeDataset } from "./proteins/tape_dataset.ts";

/** Fluorescence: a regression. */
export const fluorescence: Dataset = tapeDataset({
  id: "fluorescence",
  title: "Protein fluorescence",
  summary: "The log brightness of mutants of a green fluorescent protein, a real number.",
  licence: "CC BY 4.0 (source data)",
  citation:
    "K. S. Sarkisyan et al. Local fitness landscape of the green fluorescent protein. Nature 533 " +
    "(2016).",
  name: "fluorescence",
  task: { kind: "regression", classes: 1, metric: "spearman" },
  label: realLabel("log_fluorescence"),
  officialRows: { train: 21_446, valid: 5_362 },
  batchSize: { metamae: 128, dabs: 512 },
  dabsDifference: "batch size 512; its correlation is averaged over batches",
  notes: ["Targets are not scaled"],
});
