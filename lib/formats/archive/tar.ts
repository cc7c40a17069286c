/**
 * Tar archives: as a stream of files, and as a list of places for random access.
 *
 * @module
 */

import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import type { ByteSource, Chunks } from "../bytes/mod.ts";
import { AppError } from "../../util/mod.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  cannotUnpack,
  checkEntryCount,
  checkUnpacked,
  defaultLimits,
  safeEntryName,
} from "./archive_entry.ts";

/** Options of {@linkcode readTar}. */
export interface TarOptions {
  /** Name for messages. */
  readonly name: string;
  readonly limits?: ArchiveLimits;
}

/**
 * The files of a tar archive in archive order; folders are passed over.
 *
 * @throws {DataError} If the archive is damaged or cut off, holds a link, a device or a name that
 * points outside, or exceeds the limits.
 */
export async function* readTar(chunks: Chunks, options: TarOptions): AsyncGenerator<ArchiveEntry> {
  const { name, limits = defaultLimits } = options;
  const stream = ReadableStream.from(chunks).pipeThrough(createTarDecoder({ strict: true }));
  let entries = 0;
  let bytes = 0;
  try {
    for await (const parsed of stream as AsyncIterable<ParsedTarEntry>) {
      checkEntryCount(name, ++entries, limits);
      bytes += parsed.header.size;
      checkUnpacked(name, bytes, bytes, limits);
      const entry = fileEntry(parsed, name);
      if (entry !== undefined) yield entry;
      if (!parsed.body.locked) await parsed.body.cancel();
    }
  } catch (error) {
    throw explainTarError(error, name);
  }
}

/** The entry as this module hands it out, or nothing for a folder. */
function fileEntry({ header, body }: ParsedTarEntry, archive: string): ArchiveEntry | undefined {
  const name = safeEntryName(archive, header.name);
  if (header.type === "directory") return undefined;
  if (header.type !== undefined && header.type !== "file") {
    throw cannotUnpack(archive, `the entry "${name}" is a ${header.type}, a file is wanted`);
  }
  return {
    name,
    size: header.size,
    async *chunks() {
      try {
        yield* body as AsyncIterable<Uint8Array<ArrayBuffer>>;
      } catch (error) {
        throw explainTarError(error, archive);
      }
    },
  };
}

function explainTarError(error: unknown, name: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const text = error.message.replace(/\.$/, "");
  return cannotUnpack(name, `it is damaged or cut off (${text})`, error);
}

/** Where a file of the archive lies. */
export interface TarMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const blockBytes = 512;

/**
 * Lists the files of an uncompressed tar archive.
 *
 * @throws {DataError} If it is damaged or cut off, or holds a link, a device, or a name that is
 * longer than its header has room for.
 */
export async function indexTar(source: ByteSource): Promise<readonly TarMember[]> {
  const fail = (what: string) => cannotUnpack(source.name, what);
  const members: TarMember[] = [];
  for (let at = 0;;) {
    if (at + blockBytes > source.size) throw fail(`it is cut off at byte ${at}`);
    const header = await source.read(at, blockBytes);
    if (header.every((byte) => byte === 0)) return members;
    const start = at + blockBytes;
    const fields = readHeader(header);
    if (fields === undefined) {
      throw fail(
        at === 0 ? "it is no tar archive" : `it is damaged, the header at byte ${at} is wrong`,
      );
    }
    const { size, type, name } = fields;
    if (start + size > source.size) throw fail(`it is cut off in the entry "${name}"`);
    if (type === "0") {
      members.push({ name: safeEntryName(source.name, name), start, end: start + size });
    } else if (type !== "5" && type !== "g") {
      throw fail(`the entry "${name}" is of the type "${type}", a plain file is wanted`);
    }
    checkEntryCount(source.name, members.length, defaultLimits);
    checkUnpacked(source.name, start + size, start + size, defaultLimits);
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** The fields of a header, or nothing if its checksum is wrong. */
function readHeader(block: Uint8Array): Header | undefined {
  const text = (from: number, length: number) => {
    const field = block.subarray(from, from + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  };
  // The sum takes its own eight bytes as blanks.
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (parseInt(text(148, 8).trim(), 8) !== sum) return undefined;
  const wide = block[124]! & 0x80;
  const size = wide
    ? block.subarray(128, 136).reduce((value, byte) => value * 256 + byte, 0)
    : parseInt(text(124, 12).trim() || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const prefix = text(257, 5) === "ustar" && block[262] === 0 ? text(345, 155) : "";
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    type: block[156] === 0 ? "0" : String.fromCharCode(block[156]!),
  };
}
