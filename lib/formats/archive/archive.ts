/**
 * One way into zip, tar and tar.gz archives: their files, one after the other, as streams.
 *
 * Nothing is ever written to the disk, so an archive cannot place a file anywhere. Names that point
 * outside, links and devices are refused all the same, and so are decompression bombs.
 *
 * @module
 */

import { type ByteSource, chunksOf, openFileSource } from "../bytes/mod.ts";
import {} from "../../util/mod.ts";
import { type ArchiveEntry, type ArchiveLimits, cannotUnpack } from "./archive_entry.ts";
import { gunzipChunks, isGzip } from "./gzip.ts";
import { readTar } from "./tar.ts";
import { readZip } from "./zip.ts";

/** Options of {@linkcode readArchive}. */
export interface ArchiveOptions {
  readonly limits?: ArchiveLimits;
}

/**
 * The files of an archive, in archive order. The contents decide what kind of archive it is.
 *
 * An entry's contents can be read until the next entry is asked for.
 *
 * @throws {DataError} If it is no archive, is damaged or cut off, or breaks the rules above.
 * @throws {MissingError} If there is no such file.
 */
export async function* readArchive(
  path: string,
  options: ArchiveOptions = {},
): AsyncGenerator<ArchiveEntry> {
  await using source = await openFileSource(path);
  yield* readArchiveSource(source, options);
}

/** The files of an archive that lies in a {@linkcode ByteSource}, such as one inside another. */
export async function* readArchiveSource(
  source: ByteSource,
  options: ArchiveOptions = {},
): AsyncGenerator<ArchiveEntry> {
  const { name } = source;
  const start = await source.read(0, Math.min(source.size, 512));
  if (isZip(start)) {
    yield* await readZip(source, options);
  } else if (isGzip(start)) {
    const unpacked = gunzipChunks(chunksOf(source), { name, ...options });
    yield* readTar(unpacked, { name, ...options });
  } else if (isTar(start)) {
    yield* readTar(chunksOf(source), { name, ...options });
  } else {
    throw cannotUnpack(name, "it is neither a zip nor a tar archive");
  }
}

/** Whether bytes start like a zip archive (a local header, or the end record of an empty one). */
export function isZip(start: Uint8Array): boolean {
  const [a, b, c, d] = start;
  return a === 0x50 && b === 0x4b && (c === 3 && d === 4 || c === 5 && d === 6);
}

/** Whether a first block has the mark of a POSIX or GNU tar header. */
function isTar(start: Uint8Array): boolean {
  return String.fromCharCode(...start.subarray(257, 262)) === "ustar";
}
