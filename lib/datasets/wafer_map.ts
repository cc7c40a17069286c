/**
 * WM-811K: maps of silicon wafers with nine patterns of failure.
 *
 * Wafers without a failure type are for pretraining, the others for transfer. The official release has
 * the same table as a MATLAB file, which the references read, and as a pickled data frame; both begin
 * alike, and their order, on which the splits depend, is taken to be the same.
 *
 * @module
 */

import { checkOfficial, findRaw, type RawForm } from "../raw/mod.ts";
import { shuffledSplit, type SplitProtocol } from "../reference/mod.ts";
import { resizeImage } from "../signal/mod.ts";
import type { SplitName, StoreWriter } from "../store/mod.ts";
import { DataError } from "../util/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";
import { openWaferTable, type WaferMap } from "./wafers/wafer_table.ts";

const id = "wafer-map";
const side = 32;
const official = { wafers: 811_457, labelled: 172_950 };

const archive = {
  path: "MIR-WM811K.zip",
  url: "http://mirlab.org/dataSet/public/MIR-WM811K.zip",
  bytes: 344_542_743,
};
const forms: readonly RawForm[] = [
  archive,
  ...["MATLAB/WM811K.mat", "Python/WM811K.pkl"].flatMap((path) => [
    { path: `MIR-WM811K/${path}` },
    { path },
    { path: path.split("/")[1]! },
  ]),
];

/** Failure types in the order of the labels. */
// deno-fmt-ignore
const classNames = [
  "none", "random", "donut", "scratch", "center", "loc", "edge-loc", "edge-ring", "near-full",
];

const shape: DatasetShape = {
  inputs: [{ kind: "image", channels: 3, height: side, width: side, patch: 4 }],
  task: { kind: "single-label", classes: classNames.length, metric: "weighted-f1", classNames },
  defaults: { batchSize: 128 },
};

/** WM-811K. */
export const waferMap: Dataset = {
  id,
  title: "WaferMap (WM-811K)",
  domain: "semiconductors",
  role: "both",
  summary: "811,457 maps of silicon wafers, 172,950 of them with one of nine failure types.",
  licence: "Not stated",
  homepage: "http://mirlab.org/dataSet/public/",
  citation:
    "M.-J. Wu, J.-S. R. Jang, J.-L. Chen. Wafer map failure pattern recognition and similarity ranking " +
    "for large-scale data sets. IEEE Transactions on Semiconductor Manufacturing 28 (2015)",
  files: [{ ...archive, alternatives: forms.slice(1).map(({ path }) => path) }],
  variants: [
    { name: "metamae", difference: "17,294 test wafers: one is lost to rounding" },
    { name: "dabs", difference: "17,295 test wafers" },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findRaw(id, context.raw, forms);
    await checkOfficial(found, context);
    writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8", divisor: 255 }] });
    const table = await openWaferTable(found, (what, done = 0, total) => {
      context.signal.throwIfAborted();
      context.progress(done, total, what);
    });
    const labels = table.failures.map((text, wafer) => labelOf(text, wafer, found.path));
    const splits = splitWafers(labels, context);
    const rows = new Int32Array(labels.length).fill(-1);
    const wanted = new Uint8Array(labels.length);
    for (const wafers of splits.values()) for (const wafer of wafers) wanted[wafer] = 1;
    const total = wanted.reduce((sum, flag) => sum + flag, 0);
    let done = 0;
    await table.eachMap(async (map, wafer) => {
      context.signal.throwIfAborted();
      if (wanted[wafer] !== 1) return;
      rows[wafer] = await writer.append([pixelsOf(map, wafer, found.path)], labels[wafer]);
      context.progress(++done, total, "wafers");
    });
    for (const [split, wafers] of splits) writer.list(split, wafers.map((wafer) => rows[wafer]!));
    addNotes(labels, found.path, context, writer);
  },
};

/** The label of a failure type; undefined for wafers without one. */
function labelOf(text: string | undefined, wafer: number, path: string): number | undefined {
  const name = text?.toLowerCase();
  if (name === undefined || name === "unlabeled") return undefined;
  const label = classNames.indexOf(name);
  if (label >= 0) return label;
  throw new DataError(
    `Cannot read "${path}": wafer ${wafer + 1} has the failure type ${JSON.stringify(text)}, ` +
      `the valid ones are ${classNames.join(", ")}`,
  );
}

/** Wafers of every split: both parts are shuffled and cut 90/10, each by a fresh generator. */
function splitWafers(
  labels: readonly (number | undefined)[],
  { variant, limit }: TokenizeContext,
): ReadonlyMap<SplitName, Uint32Array> {
  const protocol: SplitProtocol = variant === "dabs" ? "dabs" : "metamae";
  const positions = (labelled: boolean) =>
    Uint32Array.from([...labels.keys()].filter((i) => (labels[i] !== undefined) === labelled));
  const unlabelled = positions(false);
  const labelled = positions(true);
  const pretraining = shuffledSplit(unlabelled.length, protocol);
  const transfer = shuffledSplit(labelled.length, protocol);
  const pick = (from: Uint32Array, order: Uint32Array) =>
    order.subarray(0, limit).map((position) => from[position]!);
  return new Map<SplitName, Uint32Array>([
    ["pretrain", pick(unlabelled, pretraining.train)],
    ["train", pick(labelled, transfer.train)],
    ["test", pick(labelled, transfer.test)],
  ]);
}

/** Grey levels of the dies: half of 255 is cut to 127. */
const greys = [0, 127, 255];

/** Three equal channels of the map, resized. */
function pixelsOf({ rows, columns, values }: WaferMap, wafer: number, path: string): Uint8Array {
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const grey = greys[values[i]!];
    if (grey === undefined) {
      throw new DataError(
        `Cannot read "${path}": the map of wafer ${wafer + 1} holds a ${
          values[i]
        }, wanted 0, 1 or 2`,
      );
    }
    data[i] = grey;
  }
  const plane = resizeImage({ width: columns, height: rows, channels: 1, data }, side, side).data;
  const planes = new Uint8Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) planes.set(plane, channel * plane.length);
  return planes;
}

function addNotes(
  labels: readonly (number | undefined)[],
  path: string,
  context: TokenizeContext,
  writer: StoreWriter,
): void {
  const labelled = labels.filter((label) => label !== undefined).length;
  const counts = [
    ["wafers", labels.length, official.wafers],
    ["wafers with a failure type", labelled, official.labelled],
  ] as const;
  for (const [what, found, wanted] of counts) {
    if (found === wanted) continue;
    const text = `The file holds ${found} ${what}, the official one ${wanted}`;
    context.warn(text);
    writer.note(text);
  }
  writer.note(
    `Read from the ${
      path.endsWith(".mat") ? "MATLAB file" : "pickled data frame"
    }; split: wafers ` +
      "without failure type for pretraining, the others for transfer, each part shuffled by " +
      "RandomState(42) and cut 90/10",
  );
  writer.note(
    "Dies are grey levels 0, 127 and 255, resized with Pillow's antialiased bilinear filter and divided " +
      "by 255; always predicting no failure has a weighted F1 of about 0.78",
  );
}
