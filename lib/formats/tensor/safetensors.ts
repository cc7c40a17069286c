/**
 * Reading and writing safetensors files: named arrays, no code.
 *
 * @module
 */

import {
  byteSize,
  DataError,
  type Dtype,
  duplicateName,
  elementCount,
  explained,
  type FileSystem,
  type NdArray,
  parseJson,
  readFully,
  type TypedArrays,
  typedArrays,
  writeFileAtomic,
} from "../../util/mod.ts";

/** Named arrays and the free text beside them. */
export interface SafetensorsContents {
  /** Free text by name, the `__metadata__` entry of the header. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Arrays in the order of the header. */
  readonly tensors: ReadonlyMap<string, NdArray>;
}

/** An open file whose tensors are read one by one. */
export interface SafetensorsFile extends Disposable {
  /** Free text by name, the `__metadata__` entry of the header. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Element types (F16 and BF16 are read as float32) and shapes, in the order of the header. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly dtype: Dtype; readonly stored: string; readonly shape: readonly number[] }
  >;
  /**
   * Reads one tensor.
   *
   * @throws {DataError} If there is none of that name, or the file has become shorter.
   */
  read(name: string): Promise<NdArray>;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens a file and checks its header against its size.
 *
 * @throws {MissingError} If there is no such file.
 * @throws {DataError} If it is no valid safetensors file.
 */
export function openSafetensors(path: string): Promise<SafetensorsFile> {
  const what = `"${path}"`;
  return explained(`Cannot read ${what}`, async () => {
    const file = await Deno.open(path, { read: true });
    try {
      const { size } = await file.stat();
      const prefix = new Uint8Array(8);
      await readFully(file, 0, prefix.subarray(0, Math.min(8, size)), what);
      const headerBytes = new Uint8Array(headerLength(prefix, size, what));
      await readFully(file, 8, headerBytes, what);
      const start = 8 + headerBytes.length;
      return lazyFile(file, parseHeader(headerBytes, size - start, what), start, what);
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

/** Reads a whole file; fails as {@linkcode openSafetensors} does. */
export async function readSafetensors(path: string): Promise<SafetensorsContents> {
  using file = await openSafetensors(path);
  const tensors = new Map<string, NdArray>();
  for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
  return { metadata: file.metadata, tensors };
}

function lazyFile(
  file: Deno.FsFile,
  header: SafetensorsHeader,
  start: number,
  what: string,
): SafetensorsFile {
  let open = true;
  let queue: Promise<unknown> = Promise.resolve();
  const close = () => {
    if (open) file.close();
    open = false;
  };
  const read = async (name: string): Promise<NdArray> => {
    const entry = header.entries.get(name);
    if (entry === undefined) {
      throw new DataError(`Cannot read tensor "${name}": ${what} holds none of that name`);
    }
    const bytes = new Uint8Array(entry.end - entry.begin);
    // One file position serves all reads: they take turns.
    const turn = queue.then(() => readFully(file, start + entry.begin, bytes, what));
    queue = turn.catch(() => undefined);
    await explained(`Cannot read ${what}`, () => turn);
    return decodeTensor(entry, bytes);
  };
  const tensors = new Map(
    [...header.entries.values()].map(({ name, stored, shape }) => [
      name,
      { dtype: stored.readAs, stored: stored.code, shape },
    ]),
  );
  return { metadata: header.metadata, tensors, read, close, [Symbol.dispose]: close };
}

/** Wraps bytes of a tensor's own buffer; every platform of the runtime is little-endian. */
function decodeTensor(entry: TensorEntry, bytes: Uint8Array<ArrayBuffer>): NdArray {
  const { stored, shape } = entry;
  if (stored.code === "F16" || stored.code === "BF16") {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const decode = stored.code === "F16" ? float16 : bfloat16;
    return { dtype: "float32", shape, data: Float32Array.from(halves, decode) };
  }
  const data = new typedArrays[stored.readAs](bytes.buffer);
  return { dtype: stored.readAs, shape, data };
}

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

function bfloat16(bits: number): number {
  word[0] = bits << 16;
  return wordAsFloat[0]!;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Longest header that is read or written, in bytes: the limit of the original package. */
const maxHeaderBytes = 100_000_000;

/** What a stored element type is called, how many bytes it takes, and what it is read as. */
interface StoredDtype {
  readonly code: string;
  readonly bytes: number;
  readonly readAs: Dtype;
}

/** Element types by the code in the header. */
const storedDtypes: ReadonlyMap<string, StoredDtype> = new Map(
  // deno-fmt-ignore
  ([
    ["BOOL", 1, "bool"], ["U8", 1, "uint8"], ["I8", 1, "int8"], ["U16", 2, "uint16"],
    ["I16", 2, "int16"], ["U32", 4, "uint32"], ["I32", 4, "int32"], ["U64", 8, "uint64"],
    ["I64", 8, "int64"], ["F32", 4, "float32"], ["F64", 8, "float64"], ["F16", 2, "float32"],
    ["BF16", 2, "float32"],
  ] as const).map(([code, bytes, readAs]) => [code, { code, bytes, readAs }]),
);

/** Where one tensor lies. */
interface TensorEntry {
  readonly name: string;
  readonly stored: StoredDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the buffer. */
  readonly begin: number;
  /** Byte after the last. */
  readonly end: number;
}

/** A checked header. */
interface SafetensorsHeader {
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
      `Cannot read ${what}: the file has ${fileBytes} bytes, the header alone is said to have ` +
        `${length}`,
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
    const size = `${end - begin} bytes, the shape [${shape}] of ${stored.code} takes ${wanted}`;
    throw fail(`tensor "${name}" has ${size}`);
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

/** A tensor that is written piece by piece, for those that do not fit into memory at once. */
export interface TensorSource {
  /** Element type on disk. */
  readonly dtype: Dtype;
  /** Sizes of the axes, outermost first. */
  readonly shape: readonly number[];
  /** Its elements in row-major order. */
  readonly chunks: AsyncIterable<TypedArrays[Dtype]> | Iterable<TypedArrays[Dtype]>;
}

/** Options of {@linkcode writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Free text that is stored in the header. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Writes a file, complete or not at all.
 *
 * The header keeps the given order; the data are laid out by descending element size, so that every
 * tensor is aligned for readers that map the file.
 *
 * @param entries Names with arrays or sources, such as a `Map` or `Object.entries(record)`.
 * @throws {StorageError} If the disk is full or read-only.
 * @throws {RangeError} If a name is given twice or reserved, or a source yields another size.
 *
 * @example
 * ```ts ignore
 * import { float32 } from "../../util/ndarray.ts";
 * await writeSafetensors("a.safetensors", [["weight", float32([2, 3])]], {
 *   metadata: { format: "metamae" },
 * });
 * ```
 */
export async function writeSafetensors(
  path: string,
  entries: Iterable<readonly [string, NdArray | TensorSource]>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const named = [...entries];
  const layout = layOut(named);
  const header = encodeHeader(named, layout, options.metadata ?? {});
  async function* contents(): AsyncGenerator<Uint8Array> {
    yield header;
    for (const { name, source, begin, end } of layout.values()) {
      let written = begin;
      for await (const chunk of "chunks" in source ? source.chunks : [source.data]) {
        const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        written += bytes.length;
        if (written > end) break;
        yield bytes;
      }
      if (written !== end) {
        const problem = written > end ? "more" : `only ${written - begin}`;
        throw new RangeError(
          `Cannot write tensor "${name}": its source gave ${problem} bytes, ` +
            `${end - begin} are wanted`,
        );
      }
    }
  }
  await writeFileAtomic(path, contents(), options);
}

interface Placed {
  readonly name: string;
  readonly source: NdArray | TensorSource;
  readonly begin: number;
  readonly end: number;
}

/** Places of the tensors in the buffer, in the order in which they are written. */
function layOut(named: readonly (readonly [string, NdArray | TensorSource])[]) {
  const order = named.toSorted(([, a], [, b]) => byteSize(b.dtype) - byteSize(a.dtype));
  const placed = new Map<string, Placed>();
  let begin = 0;
  for (const [name, source] of order) {
    if (placed.has(name) || name === "__metadata__") {
      const problem = name === "__metadata__" ? "is reserved" : "is given twice";
      throw new RangeError(`Cannot write tensor "${name}": the name ${problem}`);
    }
    const end = begin + elementCount(source.shape) * byteSize(source.dtype);
    placed.set(name, { name, source, begin, end });
    begin = end;
  }
  return placed;
}

const codes: ReadonlyMap<Dtype, string> = new Map(
  [...storedDtypes.values()]
    .filter(({ bytes, readAs }) => bytes === byteSize(readAs))
    .map(({ code, readAs }) => [readAs, code]),
);

function encodeHeader(
  named: readonly (readonly [string, NdArray | TensorSource])[],
  layout: ReadonlyMap<string, Placed>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Names are JSON texts of their own: as properties of an object, "7" and "__proto__" would move.
  const fields = named.map(([name, { dtype, shape }]) => {
    const { begin, end } = layout.get(name)!;
    const value = { dtype: codes.get(dtype), shape, "data_offsets": [begin, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) {
    fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  }
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw new RangeError(
      `Cannot write a safetensors header: it has ${length} bytes, ` +
        `at most ${maxHeaderBytes} are allowed`,
    );
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
