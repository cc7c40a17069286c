/**
 * Random access to zip archives, of any size (zip64), without holding them in memory.
 *
 * The central directory decides what is in the archive. Every entry's length and CRC-32 are
 * verified while it is read, which the usual packages leave out.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { type ByteSource, type Chunks, chunksOf, sliceSource } from "../bytes/mod.ts";
import { DataError, unreadable } from "../../util/mod.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  cannotUnpack,
  checkEntryCount,
  checkUnpacked,
  defaultLimits,
  safeEntryName,
} from "./archive_entry.ts";
import { inflateChunks } from "./gzip.ts";

/** One file of a zip archive; it can be read at any time and more than once. */
export interface ZipEntry extends ArchiveEntry {
  /** Random access to the contents, for archives inside archives. */
  source(): Promise<ByteSource>;
}

/** Options of {@linkcode readZip}. */
export interface ZipOptions {
  readonly limits?: ArchiveLimits;
}

const localHeaderBytes = 30;

/**
 * The files of a zip archive in the order of their data; folders are passed over.
 *
 * @throws {DataError} If the archive is damaged, holds a link or a name that points outside, or
 * exceeds the limits.
 */
export async function readZip(
  source: ByteSource,
  options: ZipOptions = {},
): Promise<readonly ZipEntry[]> {
  const limits = options.limits ?? defaultLimits;
  const records = await readZipDirectory(source, limits);
  checkUnpacked(source.name, source.size, records.reduce((sum, { size }) => sum + size, 0), limits);
  return records.map((record) => ({
    name: record.name,
    size: record.size,
    chunks: () => verified(source, record, limits),
    async source() {
      const packed = await packedSource(source, record);
      const name = entryLabel(source, record);
      return record.method === "stored"
        ? { ...packed, name }
        : forwardSource(name, record.size, () => verified(source, record, limits));
    },
  }));
}

/** Streams an entry and checks its length and CRC-32. */
async function* verified(source: ByteSource, record: ZipRecord, limits: ArchiveLimits): Chunks {
  const name = entryLabel(source, record);
  const packed = chunksOf(await packedSource(source, record));
  const chunks = record.method === "stored" ? packed : inflateChunks(packed, { name, limits });
  let size = 0;
  let sum = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    sum = crc32(chunk, sum);
    if (size > record.size) break;
    yield chunk;
  }
  if (size !== record.size) {
    throw cannotUnpack(
      name,
      `it unpacks to ${size} bytes or more, the directory promises ` +
        `${record.size}`,
    );
  }
  if (sum !== record.crc32) {
    throw cannotUnpack(
      name,
      `its CRC-32 is ${hex(sum)}, the directory promises ` +
        `${hex(record.crc32)}`,
    );
  }
}

/** The compressed bytes of an entry, behind its local header. */
async function packedSource(source: ByteSource, record: ZipRecord): Promise<ByteSource> {
  if (record.method === "unknown") {
    throw new DataError(
      `Cannot unpack "${
        entryLabel(source, record)
      }": it is encrypted or packed by a method other ` +
        "than deflate",
    );
  }
  const header = new DataView((await source.read(record.offset, localHeaderBytes)).buffer);
  if (header.getUint32(0, true) !== 0x04034b50) {
    throw cannotUnpack(
      source.name,
      `there is no entry at byte ${record.offset}, where the ` +
        `directory has "${record.name}"`,
    );
  }
  const start = record.offset + localHeaderBytes + header.getUint16(26, true) +
    header.getUint16(28, true);
  return sliceSource(source, start, start + record.packedSize);
}

/**
 * Random access to a stream: reading on is cheap, reading back starts the stream again.
 *
 * Enough for an archive inside a compressed entry, whose directory is at its end and whose entries
 * are then read in order.
 */
function forwardSource(name: string, size: number, open: () => Chunks): ByteSource {
  let iterator: AsyncIterator<Uint8Array<ArrayBuffer>> | undefined;
  let chunk = new Uint8Array(0);
  let chunkStart = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const fill = async (offset: number, length: number) => {
    if (iterator === undefined || offset < chunkStart) {
      await iterator?.return?.();
      iterator = open()[Symbol.asyncIterator]();
      [chunk, chunkStart] = [new Uint8Array(0), 0];
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const from = offset + done - chunkStart;
      if (from < chunk.length) {
        const part = chunk.subarray(from, Math.min(chunk.length, from + length - done));
        bytes.set(part, done);
        done += part.length;
        continue;
      }
      const next = await iterator.next();
      if (next.done) {
        throw unreadable(name, `it ends before byte ${offset + length}`);
      }
      chunkStart += chunk.length;
      chunk = next.value;
    }
    return bytes;
  };

  return {
    name,
    size,
    read(offset, length) {
      const result = turn.then(() => fill(offset, length));
      turn = result.catch(() => {});
      return result;
    },
  };
}

function entryLabel(source: ByteSource, record: ZipRecord): string {
  return `${source.name}/${record.name}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** What the directory says about one file. */
export interface ZipRecord {
  readonly name: string;
  readonly method: "stored" | "deflated" | "unknown";
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  /** Position of the local header. */
  readonly offset: number;
}

const endBytes = 22;
const locatorBytes = 20;
const recordBytes = 46;
const unknown32 = 0xffffffff;

/**
 * The files of the archive, ordered by the position of their data.
 *
 * @throws {DataError} If the directory is damaged, names a file twice, or holds a link or a name
 * that points outside.
 */
export async function readZipDirectory(
  source: ByteSource,
  limits: ArchiveLimits,
): Promise<ZipRecord[]> {
  const { entries, offset, size } = await findDirectory(source);
  checkEntryCount(source.name, entries, limits);
  const bytes = await source.read(offset, size);
  const view = new DataView(bytes.buffer);
  const records: ZipRecord[] = [];
  const seen = new Set<string>();
  let position = 0;
  for (let i = 0; i < entries; i++) {
    if (position + recordBytes > size || view.getUint32(position, true) !== 0x02014b50) {
      throw damaged(source, `entry ${i + 1} of its directory is missing`);
    }
    const nameEnd = position + recordBytes + view.getUint16(position + 28, true);
    const extraEnd = nameEnd + view.getUint16(position + 30, true);
    const next = extraEnd + view.getUint16(position + 32, true);
    if (next > size) throw damaged(source, `entry ${i + 1} of its directory is cut off`);
    const text = decodeName(bytes.subarray(position + recordBytes, nameEnd));
    const name = safeEntryName(source.name, text);
    if (isLink(view, position)) {
      throw damaged(source, `the entry "${name}" is a link, a file is wanted`);
    }
    if (!text.endsWith("/")) {
      if (seen.has(name)) throw damaged(source, `it has two entries "${name}"`);
      seen.add(name);
      const extra = new DataView(bytes.buffer, nameEnd, extraEnd - nameEnd);
      records.push({ name, ...parseRecord(source, view, position, extra) });
    }
    position = next;
  }
  return records.sort((a, b) => a.offset - b.offset);
}

function parseRecord(
  source: ByteSource,
  view: DataView,
  position: number,
  extra: DataView,
): Omit<ZipRecord, "name"> {
  const encrypted = (view.getUint16(position + 8, true) & 1) === 1;
  const method = view.getUint16(position + 10, true);
  const wide = zip64Values(source, extra);
  // The zip64 field holds only the values that do not fit, in this order.
  const value = (at: number) => {
    const narrow = view.getUint32(position + at, true);
    return narrow === unknown32 ? wide() : narrow;
  };
  const size = value(24);
  const packedSize = value(20);
  const offset = value(42);
  if (offset + packedSize > source.size) {
    throw damaged(
      source,
      `an entry lies at bytes ${offset} to ${offset + packedSize}, past its end`,
    );
  }
  return {
    method: encrypted ? "unknown" : method === 0 ? "stored" : method === 8 ? "deflated" : "unknown",
    crc32: view.getUint32(position + 16, true),
    size,
    packedSize,
    offset,
  };
}

/** Gives the 64-bit values of the zip64 extra field one after the other. */
function zip64Values(source: ByteSource, extra: DataView): () => number {
  let at = 0;
  let end = 0;
  for (let position = 0; position + 4 <= extra.byteLength;) {
    const length = extra.getUint16(position + 2, true);
    if (extra.getUint16(position, true) === 1) {
      at = position + 4;
      end = Math.min(extra.byteLength, at + length);
      break;
    }
    position += 4 + length;
  }
  return () => {
    if (at + 8 > end) throw damaged(source, "a zip64 field of its directory is missing");
    const value = safe64(source, extra, at);
    at += 8;
    return value;
  };
}

interface DirectoryPlace {
  readonly entries: number;
  readonly offset: number;
  readonly size: number;
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const tailBytes = Math.min(source.size, endBytes + 0xffff);
  const tailStart = source.size - tailBytes;
  const tail = new DataView((await source.read(tailStart, tailBytes)).buffer);
  for (let at = tailBytes - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    if (at + endBytes + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const place = {
      entries: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    const wide = place.entries === 0xffff || place.size === unknown32 ||
      place.offset === unknown32;
    const found = wide ? await zip64Place(source, tailStart + at) ?? place : place;
    if (found.offset + found.size > tailStart + at) {
      throw damaged(source, "its directory overlaps its end record");
    }
    return found;
  }
  throw damaged(source, "it has no end record, so it is no zip archive or is cut off");
}

/** Where the zip64 end record says that the directory is, if there is such a record. */
async function zip64Place(
  source: ByteSource,
  endOffset: number,
): Promise<DirectoryPlace | undefined> {
  if (endOffset < locatorBytes) return undefined;
  const locator = new DataView((await source.read(endOffset - locatorBytes, locatorBytes)).buffer);
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const record = new DataView((await source.read(safe64(source, locator, 8), 56)).buffer);
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw damaged(source, "its zip64 end record is missing");
  }
  return {
    entries: safe64(source, record, 32),
    size: safe64(source, record, 40),
    offset: safe64(source, record, 48),
  };
}

/** Unix archives keep the file type in the upper half of the external attributes. */
function isLink(view: DataView, position: number): boolean {
  const unix = view.getUint8(position + 5) === 3;
  return unix && (view.getUint16(position + 40, true) & 0xf000) === 0xa000;
}

function decodeName(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function safe64(source: ByteSource, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damaged(source, `it promises a size or position of ${value}`);
  }
  return Number(value);
}

function damaged(source: ByteSource, what: string): DataError {
  return cannotUnpack(source.name, what);
}
