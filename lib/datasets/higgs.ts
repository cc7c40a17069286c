/**
 * HIGGS: collisions that produce Higgs bosons against background, from the official `HIGGS.csv.gz`.
 *
 * Both references read the table through TensorFlow Datasets: features come in alphabetical order,
 * unscaled, and the first 90 % of that package's row order are for pretraining, the last 10 % for
 * transfer. Each part is then shuffled and cut 90/10 once more.
 *
 * @module
 */

import type { FloatRows } from "../formats/table/mod.ts";
import { readLineBlocks } from "../formats/text/mod.ts";
import { type FoundRaw, rawContents } from "../raw/mod.ts";
import {
  cutSplit,
  sampledRows,
  testCount,
  tfdsOrder,
  tfdsShards,
  trainCount,
} from "../reference/mod.ts";
import { appendJobs, listParts } from "../store/mod.ts";
import { DataError } from "../util/mod.ts";
import {
  type Conversion,
  type CutVariant,
  cutVariants,
  type Dataset,
} from "./conversion/dataset.ts";
import { createJobPool } from "./conversion/jobs.ts";

const officialRows = 11_000_000;
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

const columns = 1 + fileColumns.length;
const sources = featureNames.map((name) => 1 + fileColumns.indexOf(name));

const file = {
  path: "HIGGS.csv.gz",
  url: "https://archive.ics.uci.edu/ml/machine-learning-databases/00280/HIGGS.csv.gz",
  bytes: 2_816_407_858,
  sha256: "ea302c18164d4e3d916a1e2e83a9a8d07069fa6ebc7771e4c0540d54e593b698",
  alternatives: ["HIGGS.csv", { path: "higgs.zip", inner: "HIGGS.csv.gz" }],
};

/** HIGGS: 28 features of 11 million simulated collisions. */
export const higgs: Dataset<CutVariant> = {
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
  files: [file],
  variants: cutVariants({
    inputs: [{ kind: "tabular", features: featureNames.length }],
    task: {
      kind: "binary",
      classes: 2,
      metric: "accuracy",
      classNames: ["background", "signal"],
    },
    defaults: { batchSize: 256 },
  }, {
    metamae: "the transfer part's test rows are its last floor((1 - 0.9) n)",
    dabs: "the same rows and one more for testing: the last floor(0.1 n)",
  }),

  async convert(run) {
    const found = await run.find(file);
    run.declare([{ dtype: "float32" }]);
    const rows = await appendRows(found, run);
    run.expect(
      rows,
      officialRows,
      `The file holds ${rows} rows, the official one ${officialRows}`,
    );
    const { protocol } = run.variant;
    const shards = tfdsShards(rows, rows * recordBytes);
    const order = tfdsOrder(rows, String, { split: "train", shards });
    const pretrain = cutSplit(sampledRows(order.subarray(0, trainCount(rows))), protocol);
    const last = order.subarray(rows - testCount(rows, "dabs"));
    const transfer = cutSplit(sampledRows(last), protocol);
    listParts({ pretrain: pretrain.train, ...transfer }, run, run.writer);
    run.writer.note(
      `Rows in the order of TensorFlow Datasets (${shards} shards): the first 90 % for ` +
        "pretraining, the last 10 % for transfer, each shuffled by RandomState(42) and cut 90/10",
    );
    run.writer.note(`Features in alphabetical order, in raw units: ${featureNames.join(", ")}`);
  },
};

/** Appends all rows in file order; gives their number. */
async function appendRows(found: FoundRaw, run: Conversion): Promise<number> {
  const { writer } = run;
  const isOfficial = await run.check(found);
  const { name, chunks } = await rawContents(found);
  const blocks = readLineBlocks(chunks, {
    name,
    onOpenEnd: () => run.warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  let rows = 0;
  using pool = createJobPool("numbers", run.workers);
  const stored = appendJobs(blocks, {
    writer,
    depth: 2 * pool.size,
    key: ({ firstLine, lines }) => `line ${firstLine + lines - 1}`,
    read: (block) => block,
    run: (block) => pool.run({ name, columns, ...block }),
    append: (numbers, { firstLine }) => {
      const { features, labels } = splitNumbers(numbers, firstLine, name);
      return writer.appendRows(labels.length, [features], labels);
    },
  });
  for await (const block of stored) {
    rows += block.rows;
    run.progress(rows, isOfficial ? officialRows : undefined, "rows");
  }
  return rows;
}

/**
 * Takes labels and features, in alphabetical order, out of rows of the table: doubles are rounded
 * to float32, as the references do.
 *
 * @throws {DataError} If a label is neither 0 nor 1, or a feature is NaN.
 */
function splitNumbers({ rows, values }: FloatRows, firstLine: number, name: string) {
  const features = new Float32Array(rows * sources.length);
  const labels = new Uint8Array(rows);
  const fail = (row: number, column: number, wanted: string) =>
    new DataError(
      `Cannot read "${name}": line ${firstLine + row} has ${values[row * columns + column]} in ` +
        `column ${column + 1}, ${wanted} is wanted`,
    );
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const label = values[start]!;
    if (label !== 0 && label !== 1) throw fail(row, 0, "0 or 1");
    labels[row] = label;
    for (let feature = 0; feature < sources.length; feature++) {
      const value = values[start + sources[feature]!]!;
      if (value !== value) throw fail(row, sources[feature]!, "a finite number");
      features[row * sources.length + feature] = value;
    }
  }
  return { features, labels };
}
