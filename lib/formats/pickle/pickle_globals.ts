/**
 * The callables that a pickle may name: those that rebuild plain data of Python and NumPy.
 *
 * @module
 */

import { decodeNumpy, type NumpyDtype, parseNumpyDtype } from "../tensor/mod.ts";
import type { NdArray } from "../../util/mod.ts";

/**
 * Stands for a Python callable; it returns data and has no effect. Errors are reported as data
 * errors.
 */
export type PickleGlobal = (...args: readonly unknown[]) => unknown;

/** A NumPy array of Python objects, row-major. */
export interface ObjectArray {
  readonly dtype: "object";
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** An object under construction: the pickle sets its state once, after its creation. */
interface Stateful {
  [stateKey]: (state: unknown) => void;
}

const stateKey = Symbol("state");

/**
 * Gives an object the state that a pickle has for it.
 *
 * @throws {Error} If the object takes no state.
 */
export function setPickleState(target: unknown, state: unknown): void {
  if (target !== null && typeof target === "object" && stateKey in target) {
    (target as Stateful)[stateKey](state);
  } else {
    throw new Error("it sets the state of an object that has none");
  }
}

/** Attaches a state setter that does not show among the properties. */
export function withPickleState<T extends object>(target: T, set: (state: unknown) => void): T {
  return Object.defineProperty(target, stateKey, { value: set });
}

/** A NumPy element type while it is being read. */
interface DtypeObject {
  description: string;
}

function dtypeObject(description: unknown): DtypeObject {
  if (typeof description !== "string" || description.length > 32) {
    throw new Error("a NumPy type has no description");
  }
  const type: DtypeObject = { description };
  return withPickleState(type, (state) => {
    const [, order, , names] = tuple(state, "the state of a NumPy type");
    if (names !== null && names !== undefined) throw new Error("records of NumPy are not allowed");
    if (order === ">" || order === "<") {
      type.description = order + type.description.replace(/^[<>=|]/, "");
    }
  });
}

function isDtype(value: unknown): value is DtypeObject {
  return typeof value === "object" && value !== null && "description" in value;
}

function numbersOf(type: DtypeObject): NumpyDtype {
  const known = parseNumpyDtype(type.description);
  if (known === undefined) throw new Error(`NumPy's type "${type.description}" is not allowed`);
  return known;
}

/** `numpy.core.multiarray._reconstruct`: an empty array whose state follows. */
function reconstruct(): object {
  const array = {};
  return withPickleState(array, (state) => {
    const [, shape, type, fortran, raw] = tuple(state, "the state of a NumPy array");
    Object.assign(array, arrayOf(raw, type, shape, fortran === true));
  });
}

/** `numpy.core.numeric._frombuffer`: an array of protocol 5. */
function fromBuffer(raw: unknown, type: unknown, shape: unknown, order: unknown): NdArray {
  const array = arrayOf(raw, type, shape, order === "F");
  if (array.dtype === "object") throw new Error("a buffer cannot hold objects");
  return array;
}

function arrayOf(
  raw: unknown,
  type: unknown,
  shape: unknown,
  fortran: boolean,
): NdArray | ObjectArray {
  if (!isDtype(type)) throw new Error("a NumPy array has no type");
  const sizes = tuple(shape, "the shape of a NumPy array").map((size) => {
    if (typeof size !== "number") throw new Error("the shape of a NumPy array is no integer");
    return size;
  });
  if (/^[|<>]?O8?$/.test(type.description)) {
    // The list is row-major, whatever the order in NumPy's memory was.
    const data = tuple(raw, "the items of an object array");
    if (data.length !== sizes.reduce((a, b) => a * b, 1)) {
      throw new Error("the items of an object array do not fit its shape");
    }
    return { dtype: "object", shape: sizes, data };
  }
  return decodeNumpy(rawBytes(raw), numbersOf(type), { shape: sizes, fortran }, "a NumPy array");
}

/** `numpy.core.multiarray.scalar`. */
function scalar(type: unknown, raw: unknown): unknown {
  if (!isDtype(type)) throw new Error("a NumPy scalar has no type");
  const { data, dtype } = decodeNumpy(
    rawBytes(raw),
    numbersOf(type),
    { shape: [], fortran: false },
    "a NumPy scalar",
  );
  return dtype === "bool" ? data[0] !== 0 : data[0];
}

/** `_codecs.encode(text, "latin1")`, by which protocols 0 to 2 write the `bytes` of Python 3. */
function encode(text: unknown, encoding: unknown = "utf-8"): Uint8Array {
  if (typeof text !== "string") throw new Error("it encodes something that is no text");
  if (encoding === "latin1" || encoding === "latin-1") return rawBytes(text);
  if (encoding === "utf-8" || encoding === "utf8") return new TextEncoder().encode(text);
  throw new Error(`it encodes a text as "${encoding}"`);
}

function bytesOf(value?: unknown, encoding?: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  return typeof value === "string"
    ? encode(value, encoding ?? "latin1")
    : Uint8Array.from(tuple(value, "the bytes") as number[]);
}

/** `collections.OrderedDict()`, in Python 2 with a list of pairs. */
function orderedDict(pairs: unknown = []): Map<unknown, unknown> {
  return new Map(
    tuple(pairs, "the items of a dictionary").map((pair) => {
      const [key, value] = tuple(pair, "an item of a dictionary");
      return [key, value];
    }),
  );
}

function tuple(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
  return value;
}

/** Bytes, also where Python 2 wrote them as text of Latin-1 characters. */
function rawBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw new Error("raw data are no bytes");
  const bytes = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 255) throw new Error("raw data have a character beyond Latin-1");
    bytes[i] = code;
  }
  return bytes;
}

const notCallable: PickleGlobal = () => {
  throw new Error("it calls a class that it may only name");
};
const set: PickleGlobal = (items = []) => new Set(tuple(items, "the items of a set"));

/** The allowed callables, by `module.name`. */
export const pickleGlobals: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ["_codecs.encode", encode],
  ["collections.OrderedDict", orderedDict],
  ["numpy.ndarray", notCallable],
  ["numpy.dtype", dtypeObject],
  ...["numpy.core", "numpy._core"].flatMap((core): [string, PickleGlobal][] => [
    [`${core}.multiarray._reconstruct`, reconstruct],
    [`${core}.multiarray.scalar`, scalar],
    [`${core}.numeric._frombuffer`, fromBuffer],
  ]),
  ...["builtins", "__builtin__"].flatMap((module): [string, PickleGlobal][] => [
    [`${module}.bytes`, bytesOf],
    [`${module}.bytearray`, bytesOf],
    [`${module}.set`, set],
    [`${module}.frozenset`, set],
  ]),
]);
