/**
 * Checking that the files of a token store still hold what was written.
 *
 * @module
 */

import { DataError, drawKey, hashFile, join, permuted } from "../util/mod.ts";
import type { Store } from "./store.ts";
import { storeFiles } from "../documents/mod.ts";

/** Options of {@linkcode verifyStore}. */
export interface VerifyStoreOptions {
  /** Fraction of the files to check, at least one; all of them. */
  readonly sample?: number;
  /** Chooses the files of a sample; 0. */
  readonly seed?: number;
  /** Reports progress: bytes done, bytes in all. */
  readonly progress?: (done: number, total: number) => void;
  /** Stops the check when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What was checked and found good. */
export interface Verification {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Reads files of a store and compares their SHA-256 with the manifest.
 *
 * @throws {DataError} If any file has changed; the message names all of them.
 * @throws {RangeError} If the sample is no fraction.
 */
export async function verifyStore(
  store: Pick<Store, "path" | "manifest">,
  options: VerifyStoreOptions = {},
): Promise<Verification> {
  const { sample = 1, seed = 0, progress, signal } = options;
  if (!(sample > 0 && sample <= 1)) {
    throw new RangeError(`Cannot verify a sample of ${sample}: a fraction in (0, 1] is wanted`);
  }
  const all = storeFiles(store.manifest);
  const key = drawKey(seed, "verify");
  const chosen = Array.from(
    { length: Math.ceil(sample * all.length) },
    (_, i) => all[permuted(key, i, all.length)]!,
  );
  const total = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
  const damaged: string[] = [];
  let done = 0;
  for (const { name, bytes, sha256 } of chosen) {
    signal?.throwIfAborted();
    if (await hashFile(join(store.path, name)) !== sha256) damaged.push(`"${name}"`);
    done += bytes;
    progress?.(done, total);
  }
  if (damaged.length > 0) {
    throw new DataError(
      `Cannot trust the store "${store.path}": the contents of ${damaged.join(", ")} ` +
        `have changed since it was written`,
      { hint: "Make the store again with tokenize --force" },
    );
  }
  return { files: chosen.length, bytes: total };
}
