/**
 * HDF5's groups: the addresses of their members by name.
 *
 * Source: "HDF5 File Format Specification", version 3.0, sections III.A and IV.A.
 *
 * @module
 */

import { hdf5Fields } from "./hdf5_fields.ts";
import { hdf5Message, hdf5Text } from "./hdf5_messages.ts";
import { type Hdf5Source, readAt, readObjectHeader } from "./hdf5_object.ts";

/** Longest list of names of a group. */
const longestHeap = 2 ** 28;
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
