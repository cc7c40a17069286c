/**
 * The tasks of TAPE that the references use: SCOP (remote homology), secondary structure, stability
 * and fluorescence.
 *
 * @module
 */

import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { integerLabel, realLabel, residueLabels, tapeDataset } from "./families/proteins.ts";

const unstated = "None stated; TAPE asks to cite the source";
const folds = 1195;

/** SCOP: the fold of a protein domain. */
export const scop: Dataset = tapeDataset({
  id: "scop",
  title: "SCOP remote homology",
  summary: "The fold of a protein domain, one of 1195.",
  licence: unstated,
  citation:
    "J. Hou, B. Adhikari, J. Cheng. DeepSF: deep convolutional neural network for mapping " +
    "protein sequences to folds. Bioinformatics 34 (2018).",
  name: "remote_homology",
  task: singleLabel(folds),
  label: integerLabel("fold_label", folds),
  officialRows: { train: 12_312, valid: 736 },
  batchSize: { metamae: 128, dabs: 128 },
  dabsDifference: "the same",
});

const states = 3;
const padding = states;

/**
 * Secondary structure: helix, strand or other for every residue. Labels are padded with a class of
 * their own. Both references train on the padding as well; MetaMAE also counts it in the accuracy,
 * DABS does not, so their numbers cannot be compared.
 */
export const secondaryStructure: Dataset = tapeDataset({
  id: "secondary-structure",
  title: "Secondary structure",
  summary: "Helix, strand or other for every residue of a protein.",
  licence: unstated,
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
    "Labels behind the end of a protein are a padding class, which the published accuracy of " +
    "MetaMAE counts as well",
  ],
});

/** Stability: how stable a designed protein is. */
export const stability: Dataset = tapeDataset({
  id: "stability",
  title: "Protein stability",
  summary: "The stability of short designed proteins under protease, a real number.",
  licence: unstated,
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

/** Fluorescence: how bright a mutant of a green fluorescent protein is. */
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
