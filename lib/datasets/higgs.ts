/**
 * HIGGS: collisions that produce Higgs bosons against background, from the official `HIGGS.csv.gz`.
 *
 * Both references read the table through TensorFlow Datasets: features come in alphabetical order,
 * unscaled, and the first 90 % of that package's row order are for pretraining, the last 10 % for
 * transfer. Each part is then shuffled and cut 90/10 once more.
 *
 * @module
 */

import {
  cutSplit,
  sampledRows,
  testCount,
  tfdsOrder,
  tfdsShards,
  trainCount,
} from "../reference/mod.ts";
import { cutVariants, type Dataset } from "./conversion/dataset.ts";
import { tableDataset } from "./families/tables.ts";

/** Bytes of a record as TensorFlow Datasets writes it, without its frame. */
const recordBytes = 672;

/** Columns of the file behind the label. */
// deno-fmt-ignore
const fileColumns = [
  "lepton_pT", "lepton_eta", "lepton_phi", "missing_energy_magnitude", "missing_energy_phi",
  "jet_1_pt", "jet_1_eta", "jet_1_phi", "jet_1_b-tag", "jet_2_pt", "jet_2_eta", "jet_2_phi",
  "jet_2_b-tag", "jet_3_pt", "jet_3_eta", "jet_3_phi", "jet_3_b-tag", "jet_4_pt", "jet_4_eta",
  "jet_4_phi", "jet_4_b-tag", "m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb",
];

/** The features in the order in which the model gets them: the alphabetical one. */
const featureNames: readonly string[] = fileColumns.toSorted();

/** HIGGS: 28 features of 11 million simulated collisions. */
export const higgs: Dataset = tableDataset({
  id: "higgs",
  title: "HIGGS",
  domain: "tabular",
  role: "both",
  summary: "28 features of 11 million simulated particle collisions: Higgs boson or background.",
  licence: "CC BY 4.0",
  homepage: "https://archive.ics.uci.edu/dataset/280/higgs",
  citation:
    "P. Baldi, P. Sadowski, D. Whiteson. Searching for exotic particles in high-energy physics " +
    "with deep learning. Nature Communications 5 (2014)",
  files: [{
    path: "HIGGS.csv.gz",
    url: "https://archive.ics.uci.edu/ml/machine-learning-databases/00280/HIGGS.csv.gz",
    bytes: 2_816_407_858,
    sha256: "ea302c18164d4e3d916a1e2e83a9a8d07069fa6ebc7771e4c0540d54e593b698",
    alternatives: ["HIGGS.csv", { path: "higgs.zip", inner: "HIGGS.csv.gz" }],
  }],
  variants: cutVariants({
    inputs: [{ kind: "tabular", features: featureNames.length }],
    task: { kind: "binary", classes: 2, metric: "accuracy", classNames: ["background", "signal"] },
    defaults: { batchSize: 256 },
  }, {
    metamae: "the transfer part's test rows are its last floor((1 - 0.9) n)",
    dabs: "the same rows and one more for testing: the last floor(0.1 n)",
  }),
  columns: 1 + fileColumns.length,
  label: 0,
  features: featureNames.map((name) => 1 + fileColumns.indexOf(name)),
  officialRows: 11_000_000,
  plan(rows, { variant: { protocol } }) {
    const shards = tfdsShards(rows, rows * recordBytes);
    const order = tfdsOrder(rows, String, { split: "train", shards });
    const pretrain = cutSplit(sampledRows(order.subarray(0, trainCount(rows))), protocol);
    const last = order.subarray(rows - testCount(rows, "dabs"));
    const transfer = cutSplit(sampledRows(last), protocol);
    return {
      parts: { pretrain: pretrain.train, ...transfer },
      notes: [
        `Rows in the order of TensorFlow Datasets (${shards} shards): the first 90 % for ` +
        "pretraining, the last 10 % for transfer, each shuffled by RandomState(42) and cut 90/10",
        `Features in alphabetical order, in raw units: ${featureNames.join(", ")}`,
      ],
    };
  },
});
