/**
 * The wafers of WM-811K, from the MATLAB file or the pickled data frame, one map at a time.
 *
 * @module
 */

import { type Chunks, openFileSource, readFileChunks } from "../../formats/bytes/mod.ts";
import { type Hdf5Dataset, type Hdf5File, openHdf5 } from "../../formats/hdf5/mod.ts";
import {
  findRecalled,
  frameColumn,
  pandasGlobals,
  readPickleStream,
} from "../../formats/pickle/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { DataError, elementCount } from "../../util/mod.ts";

/** The map of a wafer: 0 no die, 1 a good die, 2 a bad one. */
export interface WaferMap {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: Uint8Array<ArrayBuffer>;
}

/** All wafers, in the order of the file. */
export interface WaferTable {
  /** Failure types as they are written; undefined for wafers without one. */
  readonly failures: readonly (string | undefined)[];
  /** Hands out the map of every wafer, in order. */
  eachMap(receive: (map: WaferMap, wafer: number) => Promise<void>): Promise<void>;
}

/** Objects of a pickle of 811,457 wafers, with room. */
const mostObjects = 100_000_000;
const deepestCell = 4;

/** Who is told how far the reading is. */
export interface TableProgress {
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
    throw new DataError(`Cannot read "${path}": a field of "data" is no array of structures`);
  }
  return Array.from(new BigUint64Array((await data.read()).buffer), Number);
}

/** Follows a reference, and cells of one element. */
async function unwrap(file: Hdf5File, address: number, path: string): Promise<Hdf5Dataset> {
  let data = await file.at(address);
  for (let depth = 0; data.type.kind === "reference"; depth++) {
    const [only, ...others] = await readReferences(data, path);
    if (only === undefined || others.length > 0 || depth === deepestCell) {
      throw new DataError(`Cannot read "${path}": a cell holds not one value`);
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
    throw new DataError(
      `Cannot read "${path}": the map of wafer ${wafer + 1} is no array of bytes`,
    );
  }
  const stored = await data.read();
  const values = new Uint8Array(stored.length);
  for (let column = 0; column < columns!; column++) {
    for (let row = 0; row < rows!; row++) {
      values[row * columns! + column] = stored[column * rows! + row]!;
    }
  }
  return { rows: rows!, columns: columns!, values };
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
 * The data frame, in three passes: which objects are recalled, the failure types, the maps. So neither
 * the 2 GB of the pickle nor its maps are ever held.
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
    throw new DataError(
      `Cannot read "${name}": the map of wafer ${wafer + 1} is no array of bytes`,
    );
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
  throw new DataError(`Cannot read "${found.path}": it lacks "WM811K.pkl"`);
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
  throw new DataError(`Cannot read "${name}": it has ${maps} maps and ${failures} failure types`);
}
