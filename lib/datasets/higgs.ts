/**
 * HIGGS: collisions that produce Higgs bosons against background, from the official `HIGGS.csv.gz`.
 *
 * Both references read the table through TensorFlow Datasets: features come in alphabetical order,
 * unscaled, and the first 90 % of that package's row order are for pretraining, the last 10 % for
 * transfer. Each part is then shuffled and cut 90/10 once more.
 *
 * @module
 */

import { readLineBlocks } from "../formats/text/mod.ts";
import { checkOfficial, findRaw, type FoundRaw, rawContents, type RawForm } from "../raw/mod.ts";
import {
  cutSplit,
  sampledRows,
  testCount,
  tfdsOrder,
  tfdsShards,
  trainCount,
} from "../reference/mod.ts";
import { appendJobs, listParts, type StoreWriter } from "../store/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";
import { createHiggsPool, higgsFeatures } from "./higgs/rows.ts";

const features = higgsFeatures.length;
const officialRows = 11_000_000;
/** Bytes of a record as TensorFlow Datasets writes it, without its frame. */
const recordBytes = 672;

const forms: readonly RawForm[] = [
  {
    path: "HIGGS.csv.gz",
    url: "https://archive.ics.uci.edu/ml/machine-learning-databases/00280/HIGGS.csv.gz",
    bytes: 2_816_407_858,
    sha256: "ea302c18164d4e3d916a1e2e83a9a8d07069fa6ebc7771e4c0540d54e593b698",
  },
  { path: "HIGGS.csv" },
  { path: "higgs.zip", inner: "HIGGS.csv.gz" },
];

const shape: DatasetShape = {
  inputs: [{ kind: "tabular", features }],
  task: {
    kind: "binary",
    classes: 2,
    metric: "accuracy",
    classNames: ["background", "signal"],
  },
  defaults: { batchSize: 256 },
};

/** HIGGS: 28 features of 11 million simulated collisions. */
export const higgs: Dataset = {
  id: "higgs",
  title: "HIGGS",
  domain: "tabular",
  role: "both",
  summary: "28 features of 11 million simulated particle collisions: Higgs boson or background.",
  licence: "CC BY 4.0",
  homepage: "https://archive.ics.uci.edu/dataset/280/higgs",
  citation:
    "P. Baldi, P. Sadowski, D. Whiteson. Searching for exotic particles in high-energy physics with " +
    "deep learning. Nature Communications 5 (2014)",
  files: [{ ...forms[0]!, alternatives: forms.slice(1).map(({ path }) => path) }],
  variants: [
    {
      name: "metamae",
      difference: "the transfer part's test rows are its last floor((1 - 0.9) n)",
    },
    { name: "dabs", difference: "the same rows and one more for testing: the last floor(0.1 n)" },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findRaw("higgs", context.raw, forms);
    const official = await checkOfficial(found, context);
    writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "float32" }] });
    const rows = await appendRows(found, official, context, writer);
    if (rows !== officialRows) {
      const text = `The file holds ${rows} rows, the official one ${officialRows}`;
      context.warn(text);
      writer.note(text);
    }
    const shards = tfdsShards(rows, rows * recordBytes);
    const order = tfdsOrder(rows, String, { split: "train", shards });
    const protocol = context.variant === "dabs" ? "dabs" : "metamae";
    const pretrain = cutSplit(sampledRows(order.subarray(0, trainCount(rows))), protocol);
    const last = order.subarray(rows - testCount(rows, "dabs"));
    const transfer = cutSplit(sampledRows(last), protocol);
    listParts({ pretrain: pretrain.train, ...transfer }, context, writer);
    writer.note(
      `Rows in the order of TensorFlow Datasets (${shards} shards): the first 90 % for pretraining, ` +
        "the last 10 % for transfer, each shuffled by RandomState(42) and cut 90/10",
    );
    writer.note(`Features in alphabetical order, in raw units: ${higgsFeatures.join(", ")}`);
  },
};

/** Appends all rows in file order; gives their number. */
async function appendRows(
  found: FoundRaw,
  official: boolean,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<number> {
  const { name, chunks } = await rawContents(found);
  const blocks = readLineBlocks(chunks, {
    name,
    onOpenEnd: () => context.warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  let rows = 0;
  using pool = createHiggsPool();
  const stored = appendJobs(blocks, {
    writer,
    depth: 2 * pool.size,
    key: ({ firstLine, lines }) => `line ${firstLine + lines - 1}`,
    read: (block) => block,
    run: (block) => pool.run({ name, ...block }, [block.bytes.buffer]),
    append: ({ features, labels }) => writer.appendRows(labels.length, [features], labels),
  });
  for await (const block of stored) {
    rows += block.rows;
    context.progress(rows, official ? officialRows : undefined, "rows");
  }
  return rows;
}
