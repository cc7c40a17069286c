/**
 * Streaming access to tar archives.
 *
 * The package `modern-tar` parses the archive; only its strict mode verifies header checksums and
 * notices an archive that was cut off. Names, links and sizes are judged here.
 *
 * @module
 */

import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import type { Chunks } from "../bytes/mod.ts";
import { AppError, DataError } from "../../util/mod.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
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
export async function* readTar(
  chunks: Chunks,
  options: TarOptions,
): AsyncGenerator<ArchiveEntry> {
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
    throw new DataError(
      `Cannot unpack "${archive}": the entry "${name}" is a ${header.type}, a file is wanted`,
    );
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
  return new DataError(`Cannot unpack "${name}": it is damaged or cut off (${text})`, {
    cause: error,
  });
}
