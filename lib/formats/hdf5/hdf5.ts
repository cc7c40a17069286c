/**
 * HDF5 files as MATLAB 7.3 and h5py write them: groups, data sets, and references between them.
 *
 * A MATLAB structure array holds a reference for every field of every element, millions of them.
 * The package `h5wasm` asks the HDF5 library for the name of what a reference points to, for which
 * the library searches the whole file: 50 ms a reference in a file of 8,000 objects. Here a
 * reference is followed as what it is, an address. Source: "HDF5 File Format Specification",
 * version 3.0.
 *
 * @module
 */

import { type ByteSource, pagedSource, sliceSource } from "../bytes/mod.ts";
import { DataError, elementCount } from "../../util/mod.ts";
import { type ChunkTarget, largestHdf5Data, readChunks } from "./hdf5_chunks.ts";
import { type Hdf5Context, hdf5Fields } from "./hdf5_fields.ts";
import { readGroup } from "./hdf5_group.ts";
import {
  type Hdf5Attribute,
  type Hdf5Layout,
  hdf5Message,
  type Hdf5Type,
  readAttribute,
  readDataspace,
  readDatatype,
  readFilters,
  readLayout,
} from "./hdf5_messages.ts";
import {
  type Hdf5ObjectMessage,
  type Hdf5Source,
  readAt,
  readObjectHeader,
} from "./hdf5_object.ts";

/** An open HDF5 file. */
export interface Hdf5File {
  /**
   * The data set at a path, such as `data/waferMap`.
   *
   * @throws {DataError} If there is none.
   */
  open(path: string): Promise<Hdf5Dataset>;
  /** The data set at an address: what an object reference holds. */
  at(address: number): Promise<Hdf5Dataset>;
}

/** A data set. */
export interface Hdf5Dataset {
  readonly shape: readonly number[];
  readonly type: Hdf5Type;
  readonly attributes: ReadonlyMap<string, Hdf5Attribute>;
  /** All elements, raw, the last axis varying fastest. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

const signature = "\x89HDF\r\n\x1a\n";

/**
 * Opens a file.
 *
 * @throws {DataError} If it is no HDF5 file.
 */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  const { file, root } = await readSuperblock(source);
  const at = (address: number) => openDataset(file, address);
  return {
    at,
    async open(path) {
      let address = root;
      const parts = path.split("/");
      for (const [i, part] of parts.entries()) {
        const found = (await readGroup(file, address)).get(part);
        if (found === undefined) {
          const place = parts.slice(0, i + 1).join("/");
          throw new DataError(`Cannot read "${source.name}": it holds no "${place}"`);
        }
        address = found;
      }
      return await at(address);
    },
  };
}

/**
 * Finds the superblock: at the start, or behind a block of the user's whose size is a power of two.
 */
async function readSuperblock(
  source: ByteSource,
): Promise<{ readonly file: Hdf5Source; readonly root: number }> {
  for (let start = 0; start + 96 <= source.size; start = start === 0 ? 512 : 2 * start) {
    const bytes = await source.read(start, 96);
    if (String.fromCharCode(...bytes.subarray(0, 8)) !== signature) continue;
    const version = bytes[8]!;
    const old = version < 2;
    const context: Hdf5Context = {
      name: source.name,
      offsetBytes: bytes[old ? 13 : 9]!,
      lengthBytes: bytes[old ? 14 : 10]!,
    };
    const fields = hdf5Fields(bytes, context);
    const widths = [context.offsetBytes, context.lengthBytes];
    if (version > 3 || widths.some((width) => ![2, 4, 8].includes(width))) {
      throw fields.error(`its superblock has the version ${version}, wanted 0 to 3`);
    }
    fields.skip(old ? 24 + (version === 1 ? 4 : 0) : 12);
    // Base, free space, end and driver; or base, extension and end.
    for (let i = 0; i < (old ? 4 : 3); i++) fields.address();
    if (old) fields.address();
    const root = fields.address();
    if (root === undefined) throw fields.error("it has no root group");
    const body = pagedSource(sliceSource(source, start, source.size));
    return { file: { context, source: body }, root };
  }
  throw new DataError(`Cannot read "${source.name}": it is no HDF5 file (MATLAB 7.3)`);
}

async function openDataset(file: Hdf5Source, address: number): Promise<Hdf5Dataset> {
  const messages = await readObjectHeader(file, address);
  const attributes = new Map<string, Hdf5Attribute>();
  for (const { type, fields } of messages) {
    if (type !== hdf5Message.attribute) continue;
    const attribute = readAttribute(fields(), file.context);
    attributes.set(attribute.name, attribute);
  }
  const find = (wanted: number) => messages.find(({ type }) => type === wanted)?.fields();
  const [space, type, layout] = [
    hdf5Message.dataspace,
    hdf5Message.datatype,
    hdf5Message.layout,
  ].map(find);
  if (space === undefined || type === undefined || layout === undefined) {
    throw new DataError(
      `Cannot read "${file.context.name}": the object at ${address} is no data set`,
    );
  }
  const shape = readDataspace(space);
  const parsed = readDatatype(type);
  return {
    shape,
    type: parsed,
    attributes,
    read: async () => await readElements(file, messages, readLayout(layout), shape, parsed.bytes),
  };
}

async function readElements(
  file: Hdf5Source,
  messages: readonly Hdf5ObjectMessage[],
  layout: Hdf5Layout,
  shape: readonly number[],
  itemBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name } = file.context;
  const size = elementCount(shape) * itemBytes;
  if (!(size <= largestHdf5Data)) {
    throw new DataError(
      `Cannot read "${name}": a data set has ${size} bytes, at most ${largestHdf5Data} are read`,
    );
  }
  if (layout.kind === "compact") return layout.data.slice(0, size);
  if (layout.address === undefined || size === 0) return new Uint8Array(size);
  if (layout.kind === "contiguous") return await readAt(file, layout.address, size);
  const message = messages.find(({ type }) => type === hdf5Message.filters);
  const target: ChunkTarget = {
    shape,
    chunk: layout.chunk,
    itemBytes,
    filters: message === undefined ? [] : readFilters(message.fields()),
    data: new Uint8Array(size),
  };
  await readChunks(file, layout.address, target);
  return target.data;
}
