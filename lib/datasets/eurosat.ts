/**
 * EuroSAT with all 13 bands of Sentinel-2.
 *
 * The references got it from TensorFlow Datasets, so that their splits depend on its record order:
 * images in that order are shuffled, the first 90 % are for pretraining and the rest for transfer,
 * and each part is cut 90/10 again as it lies.
 *
 * @module
 */

import {
  cutSplit,
  sampleOrder,
  type SplitProtocol,
  testCount,
  tfdsOrder,
  tfdsShards,
  trainCount,
} from "../reference/mod.ts";
import type { ColumnOptions } from "../store/mod.ts";
import { DataError } from "../util/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import { cutVariants, type Dataset, type DatasetShape, singleLabel } from "./conversion/dataset.ts";
import { imageDataset, type Picture } from "./families/images.ts";

const id = "eurosat";
const official = 27_000;
/** Bytes of a record that TensorFlow Datasets writes: it stores the bands as 32-bit floats. */
const recordBytes = 213_000;

// deno-fmt-ignore
const classNames = [
  "AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture",
  "PermanentCrop", "Residential", "River", "SeaLake",
];

/** The bands in the order of the files: B01 to B12, and B8A last. */
export const eurosatColumn: ColumnOptions = {
  dtype: "uint16",
  // deno-fmt-ignore
  mean: [
    1354.3003, 1117.7579, 1042.2800, 947.6443, 1199.6334, 2001.9829, 2372.5579, 2299.6663, 731.0175,
    12.0956, 1822.4083, 1119.5759, 2598.4456,
  ],
  // deno-fmt-ignore
  deviation: [
    244.0469, 323.4128, 385.0928, 584.1638, 566.0543, 858.5753, 1083.6704, 1103.0342, 402.9594,
    4.7207, 1002.4071, 759.6080, 1228.4104,
  ],
};

const shape: DatasetShape = {
  inputs: [{ kind: "image", channels: 13, height: 64, width: 64, patch: 8 }],
  task: singleLabel(classNames),
  defaults: { batchSize: 64 },
};

/** EuroSAT. */
export const eurosat: Dataset = imageDataset({
  id,
  title: "EuroSAT (all bands)",
  domain: "multispectral images",
  role: "both",
  summary: "27,000 satellite images of 64x64 pixels and 13 bands in ten classes of land use.",
  licence: "MIT",
  homepage: "https://github.com/phelber/EuroSAT",
  citation:
    "P. Helber, B. Bischke, A. Dengel, D. Borth. EuroSAT: a novel dataset and deep learning " +
    "benchmark for land use and land cover classification. IEEE JSTARS 12 (2019)",
  files: [{
    path: "EuroSATallBands.zip",
    url: "https://madm.dfki.de/files/sentinel/EuroSATallBands.zip",
    bytes: 2_067_725_275,
    sha256: "751f070f9bffa2eed48b24ca2dd0b02959280c08837e8c9a5532a67ba611df59",
    alternatives: ["ds", "tif"],
  }],
  variants: cutVariants(shape, {
    metamae: "269 test images: one is lost to rounding",
    dabs: "270 test images",
  }),
  column: eurosatColumn,
  keyOf,
  plan: ({ keys }, { variant }) => plan(keys, variant.protocol),
});

/** The key by which TensorFlow Datasets sorts, such as `River_River_15.tif`. */
function keyOf(path: string): string | undefined {
  const [, folder, file] = /(?:^|\/)tif\/([A-Za-z]+)\/(\1_\d+\.tif)$/.exec(path) ?? [];
  return folder !== undefined && classNames.includes(folder) ? `${folder}_${file}` : undefined;
}

function plan(keys: readonly string[], protocol: SplitProtocol): Plan<Picture> {
  // Keys are unique, so that sorting them makes the order independent of the archive's.
  const sorted = keys.toSorted();
  const shards = tfdsShards(sorted.length, sorted.length * recordBytes);
  const read = tfdsOrder(sorted.length, (i) => sorted[i]!, { split: "train", shards });
  const shuffled = sampleOrder(sorted.length).map((position) => read[position]!);
  const pretraining = shuffled.slice(0, trainCount(shuffled.length));
  const transfer = shuffled.slice(shuffled.length - testCount(shuffled.length, "dabs"));
  const { train, test } = cutSplit(transfer, protocol);
  if (test.length === 0) {
    throw new DataError(
      `Cannot tokenize "${id}": ${keys.length} images are too few for a test split, ` +
        `the official data have ${official}`,
    );
  }
  const pictures = (order: Uint32Array) =>
    Array.from(order, (i): Picture => {
      const key = sorted[i]!;
      return { key, label: classNames.indexOf(key.slice(0, key.indexOf("_"))) };
    });
  return {
    splits: {
      pretrain: pictures(cutSplit(pretraining, protocol).train),
      train: pictures(train),
      test: pictures(test),
    },
    counts: [{ what: "images", found: keys.length, official }],
    notes: [
      `Split: record order of TensorFlow Datasets (${shards} shards), shuffled by ` +
      "RandomState(42), the first 90 % for pretraining, the last 10 % for transfer, each cut " +
      "90/10 as it lies; the last 10 % of the pretraining part are not used",
      "Values of each band are normalised by the published mean and deviation",
    ],
  };
}
