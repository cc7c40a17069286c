/**
 * HDF5's structures: fields of varying width, object headers, and the messages in them that tell
 * shape, element type, layout and attributes of a data set.
 *
 * Source: "HDF5 File Format Specification", version 3.0, section IV.A.
 *
 * @module
 */

import { DataError, elementCount } from "../../util/mod.ts";
import type { ByteSource } from "../bytes/mod.ts";

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
  const error = (what: string, cause?: unknown) =>
    new DataError(`Cannot read "${context.name}": ${what}`, { cause });
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
  return {
    name: hdf5Text(name!),
    type: parsed,
    count,
    data: fields.bytes(count * parsed.bytes),
  };
}

/** Text up to the first zero. */
export function hdf5Text(bytes: Uint8Array<ArrayBuffer>): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
