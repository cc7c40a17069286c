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
import { DataError } from "../../util/mod.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  checkUnpacked,
  defaultLimits,
} from "./archive_entry.ts";
import { inflateChunks } from "./gzip.ts";
import { readZipDirectory, type ZipRecord } from "./zip_directory.ts";

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
    throw new DataError(
      `Cannot unpack "${name}": it unpacks to ${size} bytes or more, the directory promises ` +
        `${record.size}`,
    );
  }
  if (sum !== record.crc32) {
    throw new DataError(
      `Cannot unpack "${name}": its CRC-32 is ${hex(sum)}, the directory promises ` +
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
    throw new DataError(
      `Cannot unpack "${source.name}": there is no entry at byte ${record.offset}, where the ` +
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
        throw new DataError(`Cannot read "${name}": it ends before byte ${offset + length}`);
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
