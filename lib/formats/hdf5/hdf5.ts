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
import { DataError, elementCount, reasonOf, unreadable } from "../../util/mod.ts";
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
          throw unreadable(source.name, `it holds no "${place}"`);
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
  throw unreadable(source.name, "it is no HDF5 file (MATLAB 7.3)");
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
    throw unreadable(file.context.name, `the object at ${address} is no data set`);
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
    throw unreadable(name, `a data set has ${size} bytes, at most ${largestHdf5Data} are read`);
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
  const fail = (what: string, cause?: unknown) => unreadable(name, what, cause);
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

/** What is the same for all structures of a file. */
export interface Hdf5Context {
  /** Name for messages. */
  readonly name: string;
  /** Bytes of an address, and of a length. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A position in the bytes of a structure. */
export interface Hdf5Fields {
  /** Bytes that are left. */
  readonly left: number;
  /** An unsigned integer of 1 to 8 bytes. */
  integer(bytes: number): number;
  /** An address; undefined where the file says that there is none. */
  address(): number | undefined;
  /** A length. */
  length(): number;
  /** The next bytes, not copied. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  skip(count: number): void;
  /** Checks the four characters that start a structure. */
  signature(wanted: string): void;
  /** An error that names the file. */
  error(what: string, cause?: unknown): DataError;
}

/** Starts at the first byte. */
export function hdf5Fields(bytes: Uint8Array<ArrayBuffer>, context: Hdf5Context): Hdf5Fields {
  let at = 0;
  const error = (what: string, cause?: unknown) => unreadable(context.name, what, cause);
  const take = (count: number) => {
    if (count > bytes.length - at) {
      throw error(`it is damaged, a structure of ${bytes.length} bytes ends too early`);
    }
    at += count;
    return at - count;
  };
  const integer = (count: number) => {
    const start = take(count);
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
    return value;
  };
  return {
    get left() {
      return bytes.length - at;
    },
    integer(count) {
      const value = integer(count);
      if (value > Number.MAX_SAFE_INTEGER) throw error(`it is damaged, a number is ${value}`);
      return value;
    },
    address() {
      const value = integer(context.offsetBytes);
      return value >= 2 ** (8 * context.offsetBytes) - 1 ? undefined : value;
    },
    length: () => integer(context.lengthBytes),
    bytes(count) {
      const start = take(count);
      return bytes.subarray(start, start + count);
    },
    skip: (count) => void take(count),
    signature(wanted) {
      const found = String.fromCharCode(...bytes.subarray(take(4), at));
      if (found !== wanted) throw error(`it is damaged, a structure "${wanted}" is missing`);
    },
    error,
  };
}

/** An open file: its bytes from the superblock on, and the widths of its fields. */
export interface Hdf5Source {
  readonly context: Hdf5Context;
  /** Addresses count from its start. */
  readonly source: ByteSource;
}

/** One message of an object header. */
export interface Hdf5ObjectMessage {
  /** See `hdf5Message`. */
  readonly type: number;
  fields(): Hdf5Fields;
}

const prefixBytes = 16;
/** More blocks than any real header has: a damaged one may name itself as its continuation. */
const mostBlocks = 10_000;

/**
 * Reads the header of an object.
 *
 * @throws {DataError} If there is none at this address.
 */
export async function readObjectHeader(
  file: Hdf5Source,
  address: number,
): Promise<readonly Hdf5ObjectMessage[]> {
  const prefix = await readAt(file, address, prefixBytes);
  return prefix[0] === 1
    ? await readOldHeader(file, address, prefix)
    : await readNewHeader(file, address);
}

/** Reads bytes at an address. */
export function readAt(
  { source }: Hdf5Source,
  address: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return source.read(address, length);
}

interface Block {
  readonly address: number;
  readonly length: number;
}

async function readOldHeader(
  file: Hdf5Source,
  address: number,
  prefix: Uint8Array<ArrayBuffer>,
): Promise<readonly Hdf5ObjectMessage[]> {
  const fields = hdf5Fields(prefix, file.context);
  fields.skip(8);
  const first = { address: address + prefixBytes, length: fields.integer(4) };
  return await readBlocks(file, first, (block) => ({
    body: block,
    next: (at) => {
      const type = at.integer(2);
      const size = at.integer(2);
      const flags = at.integer(1);
      at.skip(3);
      return { type, size, flags };
    },
  }));
}

async function readNewHeader(
  file: Hdf5Source,
  address: number,
): Promise<readonly Hdf5ObjectMessage[]> {
  const longest = 4 + 2 + 16 + 4 + 8;
  const length = Math.min(longest, file.source.size - address);
  const fields = hdf5Fields(await readAt(file, address, length), file.context);
  fields.signature("OHDR");
  const version = fields.integer(1);
  if (version !== 2) throw fields.error(`an object has the version ${version}`);
  const flags = fields.integer(1);
  fields.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const size = fields.integer(1 << (flags & 3));
  const first = { address: address + length - fields.left, length: size };
  return await readBlocks(file, first, (block, isFirst) => ({
    // Later blocks have a signature before and a checksum behind.
    body: isFirst ? block : block.subarray(4, block.length - 4),
    next: (at) => {
      const type = at.integer(1);
      const bytes = at.integer(2);
      const messageFlags = at.integer(1);
      if (flags & 4) at.skip(2);
      return { type, size: bytes, flags: messageFlags };
    },
  }));
}

interface BlockReader {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Reads the prefix of a message. */
  next(fields: Hdf5Fields): {
    readonly type: number;
    readonly size: number;
    readonly flags: number;
  };
}

/** Reads the messages of a block and of those that it is continued by. */
async function readBlocks(
  file: Hdf5Source,
  first: Block,
  open: (block: Uint8Array<ArrayBuffer>, isFirst: boolean) => BlockReader,
): Promise<readonly Hdf5ObjectMessage[]> {
  const { context } = file;
  const messages: Hdf5ObjectMessage[] = [];
  const blocks = [first];
  for (let i = 0; i < blocks.length; i++) {
    const { address, length } = blocks[i]!;
    const { body, next } = open(await readAt(file, address, length), i === 0);
    const fields = hdf5Fields(body, context);
    // What is left behind the last message is a gap.
    while (fields.left >= 4) {
      const { type, size, flags } = next(fields);
      const bytes = fields.bytes(size);
      if (type === hdf5Message.continuation) {
        if (blocks.length > mostBlocks) throw fields.error("it is damaged, a header has no end");
        const place = hdf5Fields(bytes, context);
        const target = place.address();
        if (target !== undefined) blocks.push({ address: target, length: place.length() });
      } else if ((flags & 2) !== 0 && type !== hdf5Message.attribute) {
        throw fields.error(`an object shares its message ${type} with others`);
      } else {
        messages.push({ type, fields: () => hdf5Fields(bytes, context) });
      }
    }
  }
  return messages;
}

/** Element type of a data set. */
export interface Hdf5Type {
  readonly kind: "integer" | "float" | "text" | "reference" | "other";
  /** Bytes of an element. */
  readonly bytes: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

/** Where the elements of a data set are. */
export type Hdf5Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: "contiguous"; readonly address: number | undefined }
  | {
    readonly kind: "chunked";
    /** Root of the tree of chunks. */
    readonly address: number | undefined;
    /** Shape of a chunk. */
    readonly chunk: readonly number[];
  };

/** A small value that belongs to an object. */
export interface Hdf5Attribute {
  readonly name: string;
  readonly type: Hdf5Type;
  readonly count: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Numbers of the messages that are read. */
export const hdf5Message = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

/** Shape of a data set; a single value has none of the axes. */
export function readDataspace(fields: Hdf5Fields): readonly number[] {
  const version = fields.integer(1);
  const rank = fields.integer(1);
  fields.skip(1);
  if (version === 1) fields.skip(5);
  else if (version === 2) fields.skip(1);
  else throw fields.error(`a shape has the version ${version}`);
  return Array.from({ length: rank }, () => fields.length());
}

/** Element type; only its class, width and byte order are looked at. */
export function readDatatype(fields: Hdf5Fields): Hdf5Type {
  const kinds = { 0: "integer", 1: "float", 3: "text", 7: "reference" } as const;
  const type = fields.integer(1) & 15;
  const bits = fields.integer(3);
  return {
    kind: kinds[type as keyof typeof kinds] ?? "other",
    bytes: fields.integer(4),
    signed: (bits & 8) !== 0,
    bigEndian: (bits & 1) !== 0,
  };
}

/** Where the elements are. */
export function readLayout(fields: Hdf5Fields): Hdf5Layout {
  const version = fields.integer(1);
  if (version < 1 || version > 4) throw fields.error(`a layout has the version ${version}`);
  if (version < 3) return readOldLayout(fields);
  const kind = fields.integer(1);
  if (kind === 0) return { kind: "compact", data: fields.bytes(fields.integer(2)) };
  if (kind === 1) return { kind: "contiguous", address: fields.address() };
  if (kind !== 2 || version === 4) {
    throw fields.error("it has chunks of a newer kind, wanted those of MATLAB (HDF5 1.8)");
  }
  const rank = fields.integer(1) - 1;
  const address = fields.address();
  return { kind: "chunked", address, chunk: Array.from({ length: rank }, () => fields.integer(4)) };
}

function readOldLayout(fields: Hdf5Fields): Hdf5Layout {
  const rank = fields.integer(1);
  const kind = fields.integer(1);
  fields.skip(5);
  const address = kind === 0 ? undefined : fields.address();
  const sizes = Array.from({ length: rank }, () => fields.integer(4));
  if (kind === 0) return { kind: "compact", data: fields.bytes(fields.integer(4)) };
  if (kind === 1) return { kind: "contiguous", address };
  return { kind: "chunked", address, chunk: sizes.slice(0, -1) };
}

/** Numbers of the filters that chunks have passed, in order. */
export function readFilters(fields: Hdf5Fields): readonly number[] {
  const version = fields.integer(1);
  const count = fields.integer(1);
  if (version === 1) fields.skip(6);
  else if (version !== 2) throw fields.error(`a list of filters has the version ${version}`);
  return Array.from({ length: count }, () => {
    const filter = fields.integer(2);
    const nameBytes = version === 1 || filter >= 256 ? fields.integer(2) : 0;
    fields.skip(2);
    const values = fields.integer(2);
    fields.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    fields.skip(4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
    return filter;
  });
}

/** An attribute with its raw value. */
export function readAttribute(fields: Hdf5Fields, context: Hdf5Context): Hdf5Attribute {
  const version = fields.integer(1);
  if (version < 1 || version > 3) throw fields.error(`an attribute has the version ${version}`);
  const flags = fields.integer(1);
  if (version > 1 && flags !== 0) throw fields.error("an attribute has a shared type");
  const sizes = [fields.integer(2), fields.integer(2), fields.integer(2)];
  if (version === 3) fields.skip(1);
  const [name, type, space] = sizes.map((size) =>
    fields.bytes(version === 1 ? Math.ceil(size / 8) * 8 : size)
  );
  const parsed = readDatatype(hdf5Fields(type!, context));
  const count = elementCount(readDataspace(hdf5Fields(space!, context)));
  return { name: hdf5Text(name!), type: parsed, count, data: fields.bytes(count * parsed.bytes) };
}

/** Text up to the first zero. */
export function hdf5Text(bytes: Uint8Array<ArrayBuffer>): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
