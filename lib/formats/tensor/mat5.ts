/**
 * MATLAB files of level 5 (versions 5 to 7): numbers, texts, cells and structures.
 *
 * Version 7.3 is HDF5 and no subject of this reader. Source: "MAT-File Format" (MathWorks), level
 * 5.
 *
 * @module
 */

import { inflateSync } from "node:zlib";
import { DataError, elementCount, reasonOf, unreadable } from "../../util/mod.ts";

/** An array of numbers; the first axis varies fastest, as in MATLAB. */
export interface MatNumbers {
  readonly kind: "numbers";
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A text; the rows of a text array are read column by column. */
export interface MatText {
  readonly kind: "text";
  readonly shape: readonly number[];
  readonly text: string;
}

/** A cell array; the first axis varies fastest. */
export interface MatCells {
  readonly kind: "cells";
  readonly shape: readonly number[];
  readonly cells: readonly MatValue[];
}

/** An array of structures: one map of fields each; the first axis varies fastest. */
export interface MatStructures {
  readonly kind: "structures";
  readonly shape: readonly number[];
  readonly structures: readonly ReadonlyMap<string, MatValue>[];
}

/** A value of a MATLAB file. */
export type MatValue = MatNumbers | MatText | MatCells | MatStructures;

/** Options of {@linkcode readMat5}. */
export interface Mat5Options {
  /** Name for messages. */
  readonly name: string;
  /** Most bytes that a compressed variable may unpack to; 256 MiB if left out. */
  readonly limit?: number;
}

/** Element types of the file by code: bytes and reader. */
const numberTypes: Readonly<
  Record<
    number,
    readonly [bytes: number, read: (view: DataView, at: number, le: boolean) => number]
  >
> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};
const textEncodings: Readonly<Record<number, string>> = { 16: "utf-8", 17: "utf-16", 18: "utf-32" };
const matrixType = 14;
const compressedType = 15;
const deepest = 32;
const headerBytes = 128;

/**
 * Reads all variables of a file.
 *
 * @throws {DataError} If it is no such file, is damaged or cut off, or holds sparse arrays, objects
 * or functions.
 */
export function readMat5(
  bytes: Uint8Array<ArrayBuffer>,
  { name, limit = 2 ** 28 }: Mat5Options,
): ReadonlyMap<string, MatValue> {
  const fail = (what: string, cause?: unknown) => unreadable(name, what, cause);
  const mark = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0);
  if (bytes.length < headerBytes || (mark !== "IM" && mark !== "MI")) {
    throw fail("it is no MATLAB file of version 5 to 7");
  }
  const little = mark === "IM";
  const reader: Reader = { little, limit, fail };
  const file: Part = { bytes, at: headerBytes, end: bytes.length };
  const variables = new Map<string, MatValue>();
  while (file.at < file.end) {
    const element = readElement(reader, file, false);
    const part = element.type === compressedType
      ? readElement(reader, inflated(reader, element), false)
      : element;
    if (part.type !== matrixType) {
      throw fail(`it has an element of type ${part.type}, not an array`);
    }
    const { title, value } = readMatrix(reader, part, 0);
    variables.set(title, value);
  }
  return variables;
}

interface Reader {
  readonly little: boolean;
  readonly limit: number;
  readonly fail: (what: string, cause?: unknown) => DataError;
}

/** A run of bytes that is read from the front. */
interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  at: number;
  readonly end: number;
}

interface Element extends Part {
  readonly type: number;
}

const viewOf = ({ bytes }: Part) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads the tag of the next element and passes over its contents; inside arrays they are padded.
 */
function readElement({ little, fail }: Reader, part: Part, padded: boolean): Element {
  const cutOff = (at: number) => fail(`it is cut off or damaged at byte ${at}`);
  if (part.at + 8 > part.end) throw cutOff(part.at);
  const view = viewOf(part);
  const word = view.getUint32(part.at, little);
  if (word >>> 16 !== 0) {
    // A small element: type, length and up to four bytes share eight.
    const start = part.at + 4;
    part.at += 8;
    if (word >>> 16 > 4) throw cutOff(start);
    return { type: word & 0xffff, bytes: part.bytes, at: start, end: start + (word >>> 16) };
  }
  const start = part.at + 8;
  const end = start + view.getUint32(part.at + 4, little);
  if (end > part.end) throw cutOff(part.at);
  part.at = Math.min(part.end, padded ? Math.ceil(end / 8) * 8 : end);
  return { type: word, bytes: part.bytes, at: start, end };
}

function inflated({ limit, fail }: Reader, { bytes, at, end }: Element): Part {
  try {
    const packed = bytes.subarray(at, end);
    const unpacked = new Uint8Array(inflateSync(packed, { maxOutputLength: limit }));
    return { bytes: unpacked, at: 0, end: unpacked.length };
  } catch (cause) {
    const reason = reasonOf(cause);
    throw fail(`its variable at byte ${at} is damaged (${reason})`, cause);
  }
}

interface Variable {
  readonly title: string;
  readonly value: MatValue;
}

function readMatrix(reader: Reader, part: Part, depth: number): Variable {
  const { fail } = reader;
  if (depth > deepest) throw fail(`it is nested more than ${deepest} levels deep`);
  // An empty element stands for an empty array.
  if (part.at === part.end) {
    return { title: "", value: { kind: "numbers", shape: [0, 0], data: [] } };
  }
  const next = () => readElement(reader, part, true);
  const [flags = 0] = readNumbers(reader, next());
  const shape = Array.from(readNumbers(reader, next()));
  const title = latin1(next());
  const count = elementCount(shape);
  if (shape.length < 2 || shape.some((size) => size < 0) || !(count <= part.bytes.length)) {
    throw fail(`the variable "${title}" has the shape ${shape.join(" x ")}`);
  }
  const nested = () => {
    const element = next();
    if (element.type !== matrixType) {
      throw fail(`"${title}" holds an element of type ${element.type}`);
    }
    return readMatrix(reader, element, depth + 1).value;
  };
  const kind = flags & 0xff;
  if (kind === 1) {
    const cells = Array.from({ length: count }, nested);
    return { title, value: { kind: "cells", shape, cells } };
  }
  if (kind === 2) {
    return { title, value: readStructures(reader, next, nested, { shape, count, title }) };
  }
  if (kind === 4) {
    return { title, value: { kind: "text", shape, text: readText(reader, next()) } };
  }
  if (kind < 6 || kind > 15) {
    throw fail(
      `the variable "${title}" is sparse or an object, wanted numbers, texts or structures`,
    );
  }
  const data = readNumbers(reader, next());
  if (data.length !== count) {
    throw fail(`the variable "${title}" has ${data.length} numbers, its shape wants ${count}`);
  }
  return { title, value: { kind: "numbers", shape, data } };
}

function readStructures(
  reader: Reader,
  next: () => Element,
  nested: () => MatValue,
  { shape, count, title }: { shape: readonly number[]; count: number; title: string },
): MatStructures {
  const [width = 0] = readNumbers(reader, next());
  const names = latin1(next());
  if (width < 1 || names.length % width !== 0) {
    throw reader.fail(`the names of the fields of "${title}" are damaged`);
  }
  const fields = Array.from(
    { length: names.length / width },
    (_, i) => names.slice(i * width, (i + 1) * width).replace(/\0.*$/s, ""),
  );
  const structures = Array.from(
    { length: count },
    () => new Map(fields.map((field) => [field, nested()] as const)),
  );
  return { kind: "structures", shape, structures };
}

function readNumbers({ little, fail }: Reader, element: Element): Float64Array<ArrayBuffer> {
  const type = numberTypes[element.type];
  if (type === undefined) throw fail(`an element has the type ${element.type}, numbers are wanted`);
  const [bytes, read] = type;
  const view = viewOf(element);
  return Float64Array.from(
    { length: Math.floor((element.end - element.at) / bytes) },
    (_, i) => read(view, element.at + i * bytes, little),
  );
}

function readText(reader: Reader, element: Element): string {
  const encoding = textEncodings[element.type];
  if (encoding === "utf-8") {
    return new TextDecoder().decode(element.bytes.subarray(element.at, element.end));
  }
  const codes = readNumbers(reader, {
    ...element,
    type: encoding === "utf-16" ? 4 : encoding === "utf-32" ? 6 : element.type,
  });
  if (encoding === "utf-32") return Array.from(codes, (code) => codePoint(reader, code)).join("");
  return Array.from(codes, (code) => String.fromCharCode(code)).join("");
}

function codePoint({ fail }: Reader, code: number): string {
  if (code > 0x10ffff) throw fail("a text holds a character beyond Unicode");
  return String.fromCodePoint(code);
}

function latin1({ bytes, at, end }: Element): string {
  return Array.from(bytes.subarray(at, end), (byte) => String.fromCharCode(byte)).join("");
}
