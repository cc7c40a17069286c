/**
 * Reads the fields of HDF5's structures: little-endian integers of varying width.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";

/** What is the same for all structures of a file. */
export interface Hdf5Context {
  /** Name for messages. */
  readonly name: string;
  /** Bytes of an address, and of a length. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A position in the bytes of a structure. */
export interface Hdf5Fields {
  /** Bytes that are left. */
  readonly left: number;
  /** An unsigned integer of 1 to 8 bytes. */
  integer(bytes: number): number;
  /** An address; undefined where the file says that there is none. */
  address(): number | undefined;
  /** A length. */
  length(): number;
  /** The next bytes, not copied. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  skip(count: number): void;
  /** Checks the four characters that start a structure. */
  signature(wanted: string): void;
  /** An error that names the file. */
  error(what: string, cause?: unknown): DataError;
}

/** Starts at the first byte. */
export function hdf5Fields(bytes: Uint8Array<ArrayBuffer>, context: Hdf5Context): Hdf5Fields {
  let at = 0;
  const error = (what: string, cause?: unknown) =>
    new DataError(`Cannot read "${context.name}": ${what}`, { cause });
  const take = (count: number) => {
    if (count > bytes.length - at) {
      throw error(`it is damaged, a structure of ${bytes.length} bytes ends too early`);
    }
    at += count;
    return at - count;
  };
  const integer = (count: number) => {
    const start = take(count);
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
    return value;
  };
  return {
    get left() {
      return bytes.length - at;
    },
    integer(count) {
      const value = integer(count);
      if (value > Number.MAX_SAFE_INTEGER) throw error(`it is damaged, a number is ${value}`);
      return value;
    },
    address() {
      const value = integer(context.offsetBytes);
      return value >= 2 ** (8 * context.offsetBytes) - 1 ? undefined : value;
    },
    length: () => integer(context.lengthBytes),
    bytes(count) {
      const start = take(count);
      return bytes.subarray(start, start + count);
    },
    skip: (count) => void take(count),
    signature(wanted) {
      const found = String.fromCharCode(...bytes.subarray(take(4), at));
      if (found !== wanted) throw error(`it is damaged, a structure "${wanted}" is missing`);
    },
    error,
  };
}
