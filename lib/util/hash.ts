/**
 * SHA-256 (and MD5, for archives whose official sites publish nothing better) of bytes and files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { explained } from "./io_errors.ts";

/** Algorithms for checking files. */
export type HashName = "sha256" | "md5";

/** A digest that is fed piece by piece. */
export interface Hasher {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The digest so far; more bytes may follow. */
  peek(): string;
  /** Ends the digest: lower-case hexadecimal; may be called once. */
  hex(): string;
}

/** Starts a digest. */
export function createHasher(name: HashName = "sha256"): Hasher {
  const hash = createHash(name);
  return {
    update: (bytes) => void hash.update(bytes),
    peek: () => hash.copy().digest("hex"),
    hex: () => hash.digest("hex"),
  };
}

/** SHA-256 of bytes or of a text in UTF-8, in lower-case hexadecimal. */
export function sha256(data: Uint8Array | string): string {
  const hasher = createHasher();
  hasher.update(typeof data === "string" ? new TextEncoder().encode(data) : data);
  return hasher.hex();
}

/**
 * Digest of a file, read in pieces of 1 MiB.
 *
 * @throws {MissingError} If there is no such file.
 * @throws {StorageError} If it cannot be read.
 */
export async function hashFile(path: string, name: HashName = "sha256"): Promise<string> {
  const hasher = createHasher(name);
  await feedFile(hasher, path);
  return hasher.hex();
}

/**
 * Adds the first bytes of a file to a digest, all of them unless a number is given.
 *
 * @returns How many there were.
 * @throws {MissingError} If there is no such file.
 * @throws {StorageError} If it cannot be read.
 */
export function feedFile(hasher: Hasher, path: string, bytes = Infinity): Promise<number> {
  return explained(`Cannot read "${path}"`, async () => {
    using file = await Deno.open(path, { read: true });
    const buffer = new Uint8Array(1 << 20);
    let done = 0;
    while (done < bytes) {
      const n = await file.read(buffer.subarray(0, Math.min(buffer.length, bytes - done)));
      if (n === null) break;
      hasher.update(buffer.subarray(0, n));
      done += n;
    }
    return done;
  });
}
