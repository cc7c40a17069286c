/**
 * Bytes: joined, and read from a place of a file.
 *
 * @module
 */

import { DataError } from "./errors.ts";

/** A copy of all parts, one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Fills `target` with the bytes of a file from `position` on.
 *
 * @param what What is read, such as the quoted path, for messages.
 * @throws {DataError} If the file ends before.
 */
export async function readFully(
  file: Deno.FsFile,
  position: number,
  target: Uint8Array,
  what: string,
): Promise<void> {
  await file.seek(position, Deno.SeekMode.Start);
  for (let done = 0; done < target.length;) {
    const n = await file.read(target.subarray(done));
    if (n === null) {
      throw new DataError(
        `Cannot read ${what}: it ends at byte ${position + done}, ` +
          `${target.length - done} more are wanted`,
      );
    }
    done += n;
  }
}
