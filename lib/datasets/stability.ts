/**
 * Stability: how stable a designed protein is (TAPE's `stability`).
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { realLabel } from "./proteins/labels.ts";
import { tapeDataset } from "./proteins/tape_dataset.ts";

/** Stability: a regression. */
export const stability: Dataset = tapeDataset({
  id: "stability",
  title: "Protein stability",
  summary: "The stability of short designed proteins under protease, a real number.",
  licence: "None stated; TAPE asks to cite the source",
  citation:
    "G. J. Rocklin et al. Global analysis of protein folding using massively parallel design, " +
    "synthesis, and testing. Science 357 (2017).",
  name: "stability",
  task: { kind: "regression", classes: 1, metric: "spearman" },
  label: realLabel("stability_score"),
  officialRows: { train: 53_614, valid: 2_512 },
  batchSize: { metamae: 128, dabs: 128 },
  dabsDifference: "the same; its correlation is averaged over batches",
  notes: ["Targets are not scaled"],
});
