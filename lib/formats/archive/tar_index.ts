/**
 * The places of the files in a tar archive on the disk, for archives that are too long to be read
 * twice.
 *
 * Only the headers are read: a thousand of them in an archive of 140 GB.
 *
 * @module
 */

import type { ByteSource } from "../bytes/mod.ts";
import { DataError } from "../../util/mod.ts";
import { checkEntryCount, checkUnpacked, defaultLimits, safeEntryName } from "./archive_entry.ts";

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
  const fail = (what: string) => new DataError(`Cannot unpack "${source.name}": ${what}`);
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
