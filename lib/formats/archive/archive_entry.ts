/**
 * What an archive hands out, and what it may ask of its reader: harmless names, and bounds against
 * decompression bombs.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import type { Chunks } from "../bytes/mod.ts";
import {} from "../../util/mod.ts";

/** One file of an archive. */
export interface ArchiveEntry {
  /** Path inside the archive, with forward slashes. */
  readonly name: string;
  readonly size: number;
  /** The contents; of a tar archive only until the next entry is asked for, and once. */
  chunks(): Chunks;
}

/** Bounds on what an archive may unpack to. */
export interface ArchiveLimits {
  /** Most entries. */
  readonly entries: number;
  /** Most bytes of all entries together. */
  readonly bytes: number;
  /** Most unpacked bytes for each packed byte, once more than 64 MiB were unpacked. */
  readonly ratio: number;
}

/** Wide enough for every official archive: the largest holds 1.3 million files and 150 GB. */
export const defaultLimits: ArchiveLimits = { entries: 4_000_000, bytes: 2 ** 40, ratio: 200 };

const freeBytes = 64 * 2 ** 20;

/**
 * Stops a decompression bomb.
 *
 * @throws {DataError} If a bound is exceeded.
 */
export function checkUnpacked(
  name: string,
  packedBytes: number,
  unpackedBytes: number,
  limits: ArchiveLimits,
): void {
  if (unpackedBytes > limits.bytes) {
    throw cannotUnpack(name, `it unpacks to more than the ${limits.bytes} bytes allowed`);
  }
  if (unpackedBytes > freeBytes && unpackedBytes > limits.ratio * packedBytes) {
    throw cannotUnpack(
      name,
      `${packedBytes} bytes unpack to ${unpackedBytes} or more, ` +
        `at most ${limits.ratio} times as many are allowed`,
    );
  }
}

/**
 * Stops an archive of too many entries.
 *
 * @throws {DataError} If there are more entries than the limits allow.
 */
export function checkEntryCount(name: string, entries: number, limits: ArchiveLimits): void {
  if (entries > limits.entries) {
    throw cannotUnpack(name, `it has more than the ${limits.entries} entries allowed`);
  }
}

/**
 * The name of an entry without a leading `./` and a trailing slash.
 *
 * @throws {DataError} If the name is absolute, has a drive letter, a backslash, a NUL or a `..`.
 */
export function safeEntryName(archive: string, name: string): string {
  const hostile = name.startsWith("/") || /^[A-Za-z]:/.test(name) || /[\\\0]/.test(name) ||
    name.split("/").includes("..");
  if (hostile) {
    throw cannotUnpack(archive, `the entry ${JSON.stringify(name)} points outside the archive`);
  }
  return name.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
}

/** The error of an archive that is damaged, or asks for too much. */
export function cannotUnpack(name: string, problem: string, cause?: unknown): DataError {
  return new DataError(`Cannot unpack "${name}": ${problem}`, { cause });
}
