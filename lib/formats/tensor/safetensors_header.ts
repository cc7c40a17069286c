/**
 * The header of a safetensors file, checked in full before anything is allocated for its tensors.
 *
 * The format is the one of the `safetensors` package: 8 bytes of little-endian header length, a
 * JSON header, and one buffer that the tensors cover without gaps or overlaps.
 *
 * @module
 */

import { DataError, type Dtype, duplicateName, parseJson } from "../../util/mod.ts";

/** Longest header that is read or written, in bytes: the limit of the original package. */
export const maxHeaderBytes = 100_000_000;

/** What a stored element type is called, how many bytes it takes, and what it is read as. */
export interface StoredDtype {
  readonly code: string;
  readonly bytes: number;
  readonly readAs: Dtype;
}

/** Element types by the code in the header. */
export const storedDtypes: ReadonlyMap<string, StoredDtype> = new Map(
  ([
    ["BOOL", 1, "bool"],
    ["U8", 1, "uint8"],
    ["I8", 1, "int8"],
    ["U16", 2, "uint16"],
    ["I16", 2, "int16"],
    ["U32", 4, "uint32"],
    ["I32", 4, "int32"],
    ["U64", 8, "uint64"],
    ["I64", 8, "int64"],
    ["F32", 4, "float32"],
    ["F64", 8, "float64"],
    ["F16", 2, "float32"],
    ["BF16", 2, "float32"],
  ] as const).map(([code, bytes, readAs]) => [code, { code, bytes, readAs }]),
);

/** Where one tensor lies. */
export interface TensorEntry {
  readonly name: string;
  readonly stored: StoredDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the buffer. */
  readonly begin: number;
  /** Byte after the last. */
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors in the order of the header. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/**
 * Length of the header, from the first 8 bytes of a file.
 *
 * @param what What is read, such as the quoted path, for messages.
 * @throws {DataError} If it does not fit the file or exceeds 100 MB.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, what: string): number {
  if (fileBytes < 8 || prefix.length < 8) {
    throw new DataError(`Cannot read ${what}: it has ${fileBytes} bytes, at least 8 are wanted`);
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw new DataError(
      `Cannot read ${what}: the header is said to have ${length} bytes, ` +
        `at most ${maxHeaderBytes} are allowed (is it a safetensors file?)`,
    );
  }
  if (length > fileBytes - 8) {
    throw new DataError(
      `Cannot read ${what}: the file has ${fileBytes} bytes, the header alone is said to have ${length}`,
    );
  }
  return length;
}

/**
 * Parses and checks a header.
 *
 * @param bufferBytes Bytes that follow the header in the file.
 * @throws {DataError} If anything is not as the format demands.
 */
export function parseHeader(
  bytes: Uint8Array,
  bufferBytes: number,
  what: string,
): SafetensorsHeader {
  const fail = (problem: string) => new DataError(`Cannot read the header of ${what}: ${problem}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail("it is no valid UTF-8");
  }
  if (!text.startsWith("{")) throw fail('it does not start with "{"');
  const json = parseJson(text, `the header of ${what}`);
  const repeated = duplicateName(text);
  if (repeated !== undefined) throw fail(`the name "${repeated}" occurs twice`);

  let metadata: Record<string, string> = {};
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (name === "__metadata__") {
      if (!isRecord(value) || Object.values(value).some((text) => typeof text !== "string")) {
        throw fail('"__metadata__" holds something else than strings');
      }
      metadata = value as Record<string, string>;
    } else {
      entries.set(name, parseEntry(name, value, bufferBytes, fail));
    }
  }
  checkCoverage(entries, bufferBytes, fail);
  return { metadata, entries };
}

type Fail = (problem: string) => DataError;

function parseEntry(name: string, value: unknown, bufferBytes: number, fail: Fail): TensorEntry {
  if (!isRecord(value) || Object.keys(value).length !== 3) {
    throw fail(`tensor "${name}" has other fields than "dtype", "shape" and "data_offsets"`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  const stored = typeof dtype === "string" ? storedDtypes.get(dtype) : undefined;
  if (stored === undefined) {
    throw fail(
      `tensor "${name}" has the element type ${JSON.stringify(dtype)}, ` +
        `known are ${[...storedDtypes.keys()].join(", ")}`,
    );
  }
  if (!isCounts(shape)) throw fail(`tensor "${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail(`tensor "${name}" has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > bufferBytes) {
    throw fail(`tensor "${name}" lies at ${begin}..${end}, the buffer has ${bufferBytes} bytes`);
  }
  // A product beyond 2^53 is not exact, but then it is larger than any buffer as well.
  const wanted = shape.reduce((product, size) => product * size, stored.bytes);
  if (wanted !== end - begin) {
    throw fail(
      `tensor "${name}" has ${
        end - begin
      } bytes, the shape [${shape}] of ${stored.code} takes ${wanted}`,
    );
  }
  return { name, stored, shape, begin, end };
}

function checkCoverage(
  entries: ReadonlyMap<string, TensorEntry>,
  bufferBytes: number,
  fail: Fail,
): void {
  const sorted = [...entries.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of sorted) {
    if (begin !== covered) {
      const problem = begin < covered ? "overlaps the one before it" : "leaves a gap before it";
      throw fail(`tensor "${name}" at byte ${begin} ${problem}, which ends at ${covered}`);
    }
    covered = end;
  }
  if (covered !== bufferBytes) {
    throw fail(`the tensors take ${covered} bytes, the file holds ${bufferBytes} after the header`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
