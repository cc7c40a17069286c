/**
 * HDF5's object headers: the list of messages of a group or data set.
 *
 * @module
 */

import type { ByteSource } from "../bytes/mod.ts";
import { type Hdf5Context, type Hdf5Fields, hdf5Fields } from "./hdf5_fields.ts";
import { hdf5Message } from "./hdf5_messages.ts";

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
