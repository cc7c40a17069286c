/**
 * SCOP: remote homology, the fold of a protein domain (TAPE's `remote_homology`).
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { integerLabel } from "./proteins/labels.ts";
import { tapeDataset } from "./proteins/tape_dataset.ts";

const folds = 1195;

/** SCOP: 1195 folds. */
export const scop: Dataset = tapeDataset({
  id: "scop",
  title: "SCOP remote homology",
  summary: "The fold of a protein domain, one of 1195.",
  licence: "None stated; TAPE asks to cite the source",
  citation:
    "J. Hou, B. Adhikari, J. Cheng. DeepSF: deep convolutional neural network for mapping protein " +
    "sequences to folds. Bioinformatics 34 (2018).",
  name: "remote_homology",
  task: { kind: "single-label", classes: folds, metric: "accuracy" },
  label: integerLabel("fold_label", folds),
  officialRows: { train: 12_312, valid: 736 },
  batchSize: { metamae: 128, dabs: 128 },
  dabsDifference: "the same",
});
