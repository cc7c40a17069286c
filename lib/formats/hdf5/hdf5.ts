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
import { DataError, elementCount, reasonOf } from "../../util/mod.ts";
import {
  type Hdf5Attribute,
  type Hdf5Context,
  hdf5Fields,
  type Hdf5Layout,
  hdf5Message,
  type Hdf5ObjectMessage,
  type Hdf5Source,
  hdf5Text,
  type Hdf5Type,
  readAt,
  readAttribute,
  readDataspace,
  readDatatype,
  readFilters,
  readLayout,
  readObjectHeader,
} from "./hdf5_structures.ts";
import { inflateSync } from "node:zlib";

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
  const space = find(hdf5Message.dataspace);
  const type = find(hdf5Message.datatype);
  const layout = find(hdf5Message.layout);
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

/** Longest list of names of a group. */
const longestHeap = 2 ** 28;
/** Levels of a tree of groups or chunks. */
const deepest = 64;

/**
 * Addresses of the members of a group.
 *
 * @throws {DataError} If the group is damaged, or so large that its members lie in a fractal heap.
 */
export async function readGroup(
  file: Hdf5Source,
  address: number,
): Promise<ReadonlyMap<string, number>> {
  const members = new Map<string, number>();
  for (const { type, fields } of await readObjectHeader(file, address)) {
    const body = fields();
    if (type === hdf5Message.symbolTable) {
      const tree = body.address();
      const heap = body.address();
      if (tree === undefined || heap === undefined) continue;
      await readSymbols(file, tree, await readHeap(file, heap), members);
    } else if (type === hdf5Message.link) {
      body.skip(1);
      const flags = body.integer(1);
      const hard = (flags & 8) === 0 || body.integer(1) === 0;
      body.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0));
      const name = hdf5Text(body.bytes(body.integer(1 << (flags & 3))));
      const target = hard ? body.address() : undefined;
      if (target !== undefined) members.set(name, target);
    } else if (type === hdf5Message.linkInfo) {
      body.skip(1);
      body.skip(body.integer(1) & 1 ? 8 : 0);
      if (body.address() !== undefined) {
        throw body.error("a group on the way to its data has too many members");
      }
    }
  }
  return members;
}

async function readHeap(file: Hdf5Source, address: number): Promise<Uint8Array<ArrayBuffer>> {
  const { lengthBytes, offsetBytes } = file.context;
  const header = await readAt(file, address, 8 + 2 * lengthBytes + offsetBytes);
  const fields = hdf5Fields(header, file.context);
  fields.signature("HEAP");
  fields.skip(4);
  const length = fields.length();
  fields.length();
  const start = fields.address();
  if (start === undefined || length > longestHeap) {
    throw fields.error("the names of a group are missing");
  }
  return await readAt(file, start, length);
}

/** Walks the tree of a group down to its symbols. */
async function readSymbols(
  file: Hdf5Source,
  address: number,
  names: Uint8Array<ArrayBuffer>,
  members: Map<string, number>,
  depth = 0,
): Promise<void> {
  const { context } = file;
  const head = hdf5Fields(await readAt(file, address, 8), context);
  const kind = String.fromCharCode(...head.bytes(4));
  if (kind === "SNOD") {
    head.skip(2);
    const count = head.integer(2);
    const entryBytes = 2 * context.offsetBytes + 24;
    const entries = hdf5Fields(await readAt(file, address + 8, count * entryBytes), context);
    for (let i = 0; i < count; i++) {
      const name = entries.address() ?? 0;
      const target = entries.address();
      entries.skip(24);
      if (target !== undefined) members.set(hdf5Text(names.subarray(name)), target);
    }
    return;
  }
  if (kind !== "TREE" || depth > deepest) throw head.error("it is damaged, a group has no members");
  head.skip(2);
  const count = head.integer(2);
  const length = 2 * context.offsetBytes + count * (context.lengthBytes + context.offsetBytes);
  const fields = hdf5Fields(await readAt(file, address + 8, length), context);
  fields.skip(2 * context.offsetBytes);
  for (let i = 0; i < count; i++) {
    fields.length();
    const child = fields.address();
    if (child !== undefined) await readSymbols(file, child, names, members, depth + 1);
  }
}

/** Largest data set or chunk that is read at once. */
export const largestHdf5Data = 2 ** 28;

/** A data set whose chunks are read. */
export interface ChunkTarget {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly itemBytes: number;
  /** Filters that the chunks have passed, in order: 1 deflate, 2 shuffle, 3 Fletcher checksum. */
  readonly filters: readonly number[];
  /** All elements, which the chunks are copied to. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Walks the tree of chunks and copies each to its place.
 *
 * @param address Root of the tree.
 * @throws {DataError} If a chunk is damaged or has passed a filter that is not known.
 */
export async function readChunks(
  file: Hdf5Source,
  address: number,
  target: ChunkTarget,
  depth = 0,
): Promise<void> {
  const { context } = file;
  const head = hdf5Fields(await readAt(file, address, 8), context);
  head.signature("TREE");
  if (head.integer(1) !== 1 || depth > deepest) {
    throw head.error("it is damaged, chunks are missing");
  }
  const level = head.integer(1);
  const count = head.integer(2);
  const rank = target.shape.length;
  const entryBytes = 8 + 8 * (rank + 1) + context.offsetBytes;
  const length = 2 * context.offsetBytes + count * entryBytes;
  const fields = hdf5Fields(await readAt(file, address + 8, length), context);
  fields.skip(2 * context.offsetBytes);
  for (let i = 0; i < count; i++) {
    const packed = fields.integer(4);
    const skipped = fields.integer(4);
    const start = Array.from({ length: rank }, () => fields.integer(8));
    fields.skip(8);
    const child = fields.address();
    if (child === undefined) continue;
    if (level > 0) await readChunks(file, child, target, depth + 1);
    else {
      const bytes = await readAt(file, child, packed);
      copyChunk(unpackChunk(bytes, skipped, target, context), start, target);
    }
  }
}

/** Undoes the filters of a chunk, the last one first. */
function unpackChunk(
  packed: Uint8Array<ArrayBuffer>,
  skipped: number,
  { chunk, itemBytes, filters }: ChunkTarget,
  { name }: Hdf5Context,
): Uint8Array<ArrayBuffer> {
  const fail = (what: string, cause?: unknown) =>
    new DataError(`Cannot read "${name}": ${what}`, { cause });
  const size = elementCount(chunk) * itemBytes;
  if (!(size <= largestHdf5Data)) {
    throw fail(`a chunk has ${size} bytes, at most ${largestHdf5Data} are read`);
  }
  let bytes = packed;
  for (const [i, filter] of [...filters.entries()].reverse()) {
    if ((skipped >> i) & 1) continue;
    if (filter === 1) {
      try {
        bytes = new Uint8Array(inflateSync(bytes, { maxOutputLength: size + 4 }));
      } catch (cause) {
        throw fail(`a chunk is damaged (${reasonOf(cause)})`, cause);
      }
    } else if (filter === 2) bytes = unshuffle(bytes, itemBytes);
    else if (filter === 3) bytes = bytes.subarray(0, bytes.length - 4);
    else {
      throw fail(
        `its chunks have passed the filter ${filter}, wanted deflate, shuffle or Fletcher`,
      );
    }
  }
  if (bytes.length !== size) {
    throw fail(`a chunk has ${bytes.length} bytes, its shape wants ${size}`);
  }
  return bytes;
}

/** The shuffle filter puts the first bytes of all elements first, then the second ones. */
function unshuffle(bytes: Uint8Array<ArrayBuffer>, itemBytes: number): Uint8Array<ArrayBuffer> {
  const count = Math.floor(bytes.length / itemBytes);
  const result = bytes.slice();
  for (let i = 0; i < count * itemBytes; i++) {
    result[(i % count) * itemBytes + Math.floor(i / count)] = bytes[i]!;
  }
  return result;
}

/** Copies a chunk to its place, row by row; chunks at the border reach over it. */
function copyChunk(
  bytes: Uint8Array<ArrayBuffer>,
  start: readonly number[],
  { shape, chunk, itemBytes, data }: ChunkTarget,
): void {
  if (start.some((at, axis) => at >= shape[axis]!)) return;
  const copy = (axis: number, from: number, to: number) => {
    const count = Math.min(chunk[axis]!, shape[axis]! - start[axis]!);
    if (axis === shape.length - 1) {
      const first = (to + start[axis]!) * itemBytes;
      data.set(bytes.subarray(from * itemBytes, (from + count) * itemBytes), first);
      return;
    }
    for (let i = 0; i < count; i++) {
      const row = (to + start[axis]! + i) * shape[axis + 1]!;
      copy(axis + 1, (from + i) * chunk[axis + 1]!, row);
    }
  };
  copy(0, 0, 0);
}
