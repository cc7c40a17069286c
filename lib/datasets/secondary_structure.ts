/**
 * Secondary structure: helix, strand or other for every residue (TAPE's `secondary_structure`).
 *
 * Labels are padded with a class of their own. Both references train on the padding as well; MetaMAE
 * also counts it in the accuracy, DABS does not, so their numbers cannot be compared.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { residueLabels } from "./proteins/labels.ts";
import { tapeDataset } from "./proteins/tape_dataset.ts";

const states = 3;
const padding = states;

/** Secondary structure: three states a residue. */
export const secondaryStructure: Dataset = tapeDataset({
  id: "secondary-structure",
  title: "Secondary structure",
  summary: "Helix, strand or other for every residue of a protein.",
  licence: "None stated; TAPE asks to cite the source",
  citation:
    "M. S. Klausen et al. NetSurfP-2.0: improved prediction of protein structural features by " +
    "integrated deep learning. Proteins 87 (2019).",
  name: "secondary_structure",
  task: {
    kind: "per-token",
    classes: states + 1,
    metric: "accuracy",
    classNames: ["helix", "strand", "other", "padding"],
    ignoreLabel: padding,
  },
  label: residueLabels("ss3", states, padding),
  officialRows: { train: 8_678, valid: 2_170 },
  batchSize: { metamae: 128, dabs: 128 },
  dabsDifference: "the same; its accuracy leaves out the padding, which MetaMAE's counts",
  notes: [
    "Labels behind the end of a protein are a padding class, which the published accuracy of MetaMAE " +
    "counts as well",
  ],
});
