/**
 * WM-811K: maps of silicon wafers with nine patterns of failure.
 *
 * Wafers without a failure type are for pretraining, the others for transfer. The official release
 * has the same table as a MATLAB file, which the references read, and as a pickled data frame; both
 * begin alike, and their order, on which the splits depend, is taken to be the same.
 *
 * @module
 */

import { type Chunks, openFileSource, readFileChunks } from "../formats/bytes/mod.ts";
import { type Hdf5Dataset, type Hdf5File, openHdf5 } from "../formats/hdf5/mod.ts";
import {
  findRecalled,
  frameColumn,
  pandasGlobals,
  readPickleStream,
} from "../formats/pickle/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../raw/mod.ts";
import { shuffledSplit, type SplitProtocol } from "../reference/mod.ts";
import { channelsFirst, resizeImage } from "../signal/mod.ts";
import type { SplitName } from "../documents/mod.ts";
import { elementCount, unreadable } from "../util/mod.ts";
import { byteColumn } from "./conversion/convert_files.ts";
import {
  type Conversion,
  type CutDataset,
  cutVariants,
  singleLabel,
} from "./conversion/dataset.ts";

const side = 32;
const official = { wafers: 811_457, labelled: 172_950 };

const archive = {
  path: "MIR-WM811K.zip",
  url: "http://mirlab.org/dataSet/public/MIR-WM811K.zip",
  bytes: 344_542_743,
  alternatives: ["MATLAB/WM811K.mat", "Python/WM811K.pkl"].flatMap((path) => [
    `MIR-WM811K/${path}`,
    path,
    path.split("/")[1]!,
  ]),
};

/** Failure types in the order of the labels. */
// deno-fmt-ignore
const classNames = [
  "none", "random", "donut", "scratch", "center", "loc", "edge-loc", "edge-ring", "near-full",
];

/** WM-811K. */
export const waferMap: CutDataset = {
  id: "wafer-map",
  title: "WaferMap (WM-811K)",
  domain: "semiconductors",
  role: "both",
  summary: "811,457 maps of silicon wafers, 172,950 of them with one of nine failure types.",
  licence: "Not stated",
  homepage: "http://mirlab.org/dataSet/public/",
  citation:
    "M.-J. Wu, J.-S. R. Jang, J.-L. Chen. Wafer map failure pattern recognition and similarity " +
    "ranking for large-scale data sets. IEEE Transactions on Semiconductor Manufacturing 28 (2015)",
  files: [archive],
  variants: cutVariants({
    inputs: [{ kind: "image", channels: 3, height: side, width: side, patch: 4 }],
    task: singleLabel(classNames, "weighted-f1"),
    defaults: { batchSize: 128 },
  }, { metamae: "17,294 test wafers: one is lost to rounding", dabs: "17,295 test wafers" }),

  async convert(run) {
    const { writer, signal } = run;
    const found = await run.find(archive);
    run.declare([byteColumn]);
    const table = await openWaferTable(found, (what, done = 0, total) => {
      signal.throwIfAborted();
      run.progress(done, total, what);
    });
    const labels = table.failures.map((text, wafer) => labelOf(text, wafer, found.path));
    const splits = splitWafers(labels, run.variant.protocol, run.limit);
    const rows = new Int32Array(labels.length).fill(-1);
    const wanted = new Uint8Array(labels.length);
    for (const wafers of splits.values()) for (const wafer of wafers) wanted[wafer] = 1;
    const total = wanted.reduce((sum, flag) => sum + flag, 0);
    let done = 0;
    await table.eachMap(async (map, wafer) => {
      signal.throwIfAborted();
      if (wanted[wafer] !== 1) return;
      rows[wafer] = await writer.append([pixelsOf(map, wafer, found.path)], labels[wafer]);
      run.progress(++done, total, "wafers");
    });
    for (const [split, wafers] of splits) writer.list(split, wafers.map((wafer) => rows[wafer]!));
    addNotes(labels, found.path, run);
  },
};

/** The label of a failure type; undefined for wafers without one. */
function labelOf(text: string | undefined, wafer: number, path: string): number | undefined {
  const name = text?.toLowerCase();
  if (name === undefined || name === "unlabeled") return undefined;
  const label = classNames.indexOf(name);
  if (label >= 0) return label;
  throw unreadable(
    path,
    `wafer ${wafer + 1} has the failure type ${JSON.stringify(text)}, ` +
      `the valid ones are ${classNames.join(", ")}`,
  );
}

/** Wafers of every split: both parts are shuffled and cut 90/10, each by a fresh generator. */
function splitWafers(
  labels: readonly (number | undefined)[],
  protocol: SplitProtocol,
  limit: number | undefined,
): ReadonlyMap<SplitName, Uint32Array> {
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
      throw unreadable(
        path,
        `the map of wafer ${wafer + 1} holds a ${values[i]}, wanted 0, 1 or 2`,
      );
    }
    data[i] = grey;
  }
  const plane = resizeImage({ width: columns, height: rows, channels: 1, data }, side, side).data;
  const planes = new Uint8Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) planes.set(plane, channel * plane.length);
  return planes;
}

function addNotes(labels: readonly (number | undefined)[], path: string, run: Conversion): void {
  const labelled = labels.filter((label) => label !== undefined).length;
  const counts = [
    ["wafers", labels.length, official.wafers],
    ["wafers with a failure type", labelled, official.labelled],
  ] as const;
  for (const [what, found, wanted] of counts) {
    run.expect(found, wanted, `The file holds ${found} ${what}, the official one ${wanted}`);
  }
  run.writer.note(
    `Read from the ${path.endsWith(".mat") ? "MATLAB file" : "pickled data frame"}; split: ` +
      "wafers without failure type for pretraining, the others for transfer, each part shuffled " +
      "by RandomState(42) and cut 90/10",
  );
  run.writer.note(
    "Dies are grey levels 0, 127 and 255, resized with Pillow's antialiased bilinear filter and " +
      "divided by 255; always predicting no failure has a weighted F1 of about 0.78",
  );
}

/** The map of a wafer: 0 no die, 1 a good die, 2 a bad one. */
export interface WaferMap {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: Uint8Array<ArrayBuffer>;
}

/** All wafers, in the order of the file. */
interface WaferTable {
  /** Failure types as they are written; undefined for wafers without one. */
  readonly failures: readonly (string | undefined)[];
  /** Hands out the map of every wafer, in order. */
  eachMap(receive: (map: WaferMap, wafer: number) => Promise<void>): Promise<void>;
}

/** Objects of a pickle of 811,457 wafers, with room. */
const mostObjects = 100_000_000;
const deepestCell = 4;

/** Who is told how far the reading is. */
interface TableProgress {
  (what: string, done?: number, total?: number): void;
}

/**
 * Opens the table in a MATLAB file, a pickle, or the official archive, whose pickle is used.
 *
 * @throws {DataError} If the file is damaged or of another layout.
 */
export async function openWaferTable(
  found: FoundRaw,
  progress: TableProgress,
): Promise<WaferTable> {
  return found.path.endsWith(".mat")
    ? await openMatlab(found.path, progress)
    : await openPickle(found, progress);
}

/** A structure array `data` of MATLAB 7.3: a reference for every field of every wafer. */
async function openMatlab(path: string, progress: TableProgress): Promise<WaferTable> {
  const failures: (string | undefined)[] = [];
  const withFile = async (
    field: string,
    receive: (data: Hdf5Dataset, wafer: number) => Promise<void>,
  ) => {
    await using source = await openFileSource(path);
    const file = await openHdf5(source);
    const addresses = await readReferences(await file.open(`data/${field}`), path);
    for (const [wafer, address] of addresses.entries()) {
      await receive(await unwrap(file, address, path), wafer);
      if (wafer % 1000 === 999) progress(`field ${field}`, wafer + 1, addresses.length);
    }
    return addresses.length;
  };
  await withFile("failureType", async (data, wafer) => {
    failures[wafer] = await readText(data);
  });
  return {
    failures,
    async eachMap(receive) {
      const maps = await withFile("waferMap", async (data, wafer) => {
        await receive(await readMatlabMap(data, path, wafer), wafer);
      });
      checkCount(path, maps, failures.length);
    },
  };
}

async function readReferences(data: Hdf5Dataset, path: string): Promise<readonly number[]> {
  const { kind, bytes } = data.type;
  if (kind !== "reference" || bytes !== 8) {
    throw unreadable(path, 'a field of "data" is no array of structures');
  }
  return Array.from(new BigUint64Array((await data.read()).buffer), Number);
}

/** Follows a reference, and cells of one element. */
async function unwrap(file: Hdf5File, address: number, path: string): Promise<Hdf5Dataset> {
  let data = await file.at(address);
  for (let depth = 0; data.type.kind === "reference"; depth++) {
    const [only, ...others] = await readReferences(data, path);
    if (only === undefined || others.length > 0 || depth === deepestCell) {
      throw unreadable(path, "a cell holds not one value");
    }
    data = await file.at(only);
  }
  return data;
}

/** MATLAB stores the sizes of an empty array in its place, and marks it. */
function isEmpty({ attributes, shape }: Hdf5Dataset): boolean {
  return attributes.get("MATLAB_empty")?.data[0] === 1 || elementCount(shape) === 0;
}

async function readText(data: Hdf5Dataset): Promise<string | undefined> {
  const attribute = data.attributes.get("MATLAB_class");
  const type = attribute && new TextDecoder().decode(attribute.data);
  if (type !== "char" || isEmpty(data) || data.type.bytes !== 2) return undefined;
  const codes = new Uint16Array((await data.read()).buffer);
  return String.fromCharCode(...codes);
}

/** HDF5 has the axes of a MATLAB array in reverse: columns, then rows. */
async function readMatlabMap(data: Hdf5Dataset, path: string, wafer: number): Promise<WaferMap> {
  const [columns, rows] = data.shape;
  const { kind, bytes } = data.type;
  if (data.shape.length !== 2 || kind !== "integer" || bytes !== 1 || isEmpty(data)) {
    throw unreadable(path, `the map of wafer ${wafer + 1} is no array of bytes`);
  }
  return { rows: rows!, columns: columns!, values: channelsFirst(await data.read(), rows!) };
}

/** An array of the pickle; its values can be taken away. */
interface PickledArray {
  dtype: string;
  readonly shape: readonly number[];
  data: Uint8Array<ArrayBuffer>;
}

function isMap(object: unknown): object is PickledArray {
  return typeof object === "object" && object !== null && "dtype" in object &&
    object.dtype === "uint8" && "shape" in object && Array.isArray(object.shape) &&
    object.shape.length === 2;
}

/**
 * The data frame, in three passes: which objects are recalled, the failure types, the maps. So
 * neither the 2 GB of the pickle nor its maps are ever held.
 */
async function openPickle(found: FoundRaw, progress: TableProgress): Promise<WaferTable> {
  const name = await pickleName(found);
  progress("pickle, first pass");
  const options = {
    name,
    globals: pandasGlobals,
    objects: mostObjects,
    memo: await findRecalled(pickleChunks(found), name),
  };
  progress("pickle, second pass");
  const frame = await readPickleStream(pickleChunks(found), { ...options, visit: takeValues });
  const column = frameColumn(frame, "failureType", name);
  const wafers = frameColumn(frame, "waferMap", name);
  for (let wafer = 0; wafer < wafers.length; wafer++) {
    if (isMap(wafers.at(wafer))) continue;
    throw unreadable(name, `the map of wafer ${wafer + 1} is no array of bytes`);
  }
  return {
    failures: Array.from({ length: column.length }, (_, row) => textOf(column.at(row))),
    async eachMap(receive) {
      const waiting: WaferMap[] = [];
      let wafer = 0;
      const handOut = async () => {
        for (const map of waiting.splice(0)) await receive(map, wafer++);
      };
      await readPickleStream(pickleChunks(found), {
        ...options,
        visit: (object) => {
          const values = takeValues(object);
          if (values === undefined) return;
          const [rows, columns] = (object as PickledArray).shape as [number, number];
          waiting.push({ rows, columns, values });
        },
        pause: () => waiting.length === 0 ? undefined : handOut(),
      });
      checkCount(name, wafer, column.length);
    },
  };
}

/** Takes the values of a map out of the frame. */
function takeValues(object: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (!isMap(object)) return undefined;
  const values = object.data;
  object.data = new Uint8Array(0);
  return values;
}

/** A text, also in an array of one element; numbers stand for wafers without failure type. */
function textOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string") return value;
  const data = (value as { readonly data?: unknown } | null)?.data ?? value;
  return Array.isArray(data) && data.length === 1 && depth < deepestCell
    ? textOf(data[0], depth + 1)
    : undefined;
}

const pickleFile = /(?:^|\/)WM811K\.pkl$/;

async function pickleName(found: FoundRaw): Promise<string> {
  if (!found.path.endsWith(".zip")) return found.path;
  for await (const entry of rawEntries(found)) {
    if (pickleFile.test(entry.name)) return entryPath(found, entry);
  }
  throw unreadable(found.path, 'it lacks "WM811K.pkl"');
}

async function* pickleChunks(found: FoundRaw): Chunks {
  if (!found.path.endsWith(".zip")) {
    yield* readFileChunks(found.path);
    return;
  }
  for await (const entry of rawEntries(found)) {
    if (!pickleFile.test(entry.name)) continue;
    yield* entry.chunks();
    return;
  }
}

function checkCount(name: string, maps: number, failures: number): void {
  if (maps === failures) return;
  throw unreadable(name, `it has ${maps} maps and ${failures} failure types`);
}
